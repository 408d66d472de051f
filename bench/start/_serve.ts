import { denoRun, firstLine, program, quietEnv } from "../_process.ts";
import type { Mode } from "./_command.ts";

/** Starts of the embedded engine as `serve` makes them, in a data directory of their own. */
export class Starts implements Disposable {
  readonly #dir: string = Deno.makeTempDirSync({ prefix: "coldtrace-bench-" });

  /** Milliseconds from the launch of `serve` until it is ready. */
  async time(mode: Mode): Promise<number> {
    const permissions = ["run", "read", "write", "env", "net"].map((name) => `--allow-${name}`);
    const began = performance.now();
    const child = new Deno.Command(Deno.execPath(), {
      args: denoRun(...permissions, program("start/_serve_main.ts"), this.#dir, mode),
      ...quietEnv(),
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const stderr = new Response(child.stderr).text();
    const line = await firstLine(child.stdout);
    const took = performance.now() - began;
    await child.stdout.cancel();
    await child.status;
    if (line !== "ready") throw new Error(`Cannot start the engine: ${await stderr}`);
    return took;
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.#dir, { recursive: true });
  }
}
