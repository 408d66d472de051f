import { verbRun } from "../_process.ts";

/** `coldtrace run`, which stores what it sees in a data directory of its own. */
export class Coldtrace implements Disposable {
  /** The data directory. */
  readonly dir: string;

  /** In a new temporary folder, by default of the system's. */
  constructor(parent?: string) {
    this.dir = Deno.makeTempDirSync({
      prefix: ".coldtrace-bench-",
      ...(parent !== undefined && { dir: parent }),
    });
  }

  /** The command that runs another one. */
  wrap(command: readonly string[], ...options: string[]): string[] {
    const run = ["run", "--dir", this.dir, "--quiet", ...options];
    return [Deno.execPath(), ...verbRun(["-A"], ...run, "--", ...command)];
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.dir, { recursive: true });
  }
}
