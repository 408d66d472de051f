import { denoRun, program, wholeProgram } from "../_process.ts";
import { Coldtrace } from "./_coldtrace.ts";

/** A way to run a program that does nothing. */
export type Runner = "true" | "an empty Deno program" | "coldtrace run -- true" | "otel-cli exec";

/** A program that does nothing, by itself and by others: what takes time is theirs. */
export class Nothing implements Disposable {
  readonly #coldtrace = new Coldtrace();
  readonly #commands: Readonly<Record<Runner, string[]>> = {
    "true": ["true"],
    "an empty Deno program": [Deno.execPath(), ...denoRun(program("programs/empty_main.ts"))],
    "coldtrace run -- true": this.#coldtrace.wrap(["true"]),
    // It is told no endpoint, so that it sends nothing, which is the least that it can do.
    "otel-cli exec": ["otel-cli", "exec", "--", "true"],
  };

  /** The runners that there are on this machine. */
  static runners(): Runner[] {
    const all: Runner[] = ["true", "an empty Deno program", "coldtrace run -- true"];
    return hasOtelCli() ? [...all, "otel-cli exec"] : all;
  }

  /** Milliseconds from spawn to end. */
  time(runner: Runner): number {
    return wholeProgram(this.#commands[runner]);
  }

  [Symbol.dispose](): void {
    this.#coldtrace[Symbol.dispose]();
  }
}

function hasOtelCli(): boolean {
  // A plain `deno bench` is not to ask for permissions.
  if (Deno.permissions.querySync({ name: "run" }).state !== "granted") return false;
  try {
    return new Deno.Command("otel-cli", { args: ["version"], stdout: "null", stderr: "null" })
      .outputSync().success;
  } catch {
    return false;
  }
}
