import { freePort } from "../../tests/_replay_process.ts";
import type { TimeReport } from "../../src/show/time_json.ts";
import { quietEnv } from "../_process.ts";
import { Coldtrace } from "./_coldtrace.ts";
import { processorTime } from "./_times.ts";

/** What the probe tells. */
export type Mode = "off" | "functions";

/** What a start took. */
export interface Taken {
  /** From launch to ready, in milliseconds. */
  readonly ready: number;
  /** Of the processor, until the engine had ended, all processes together, in milliseconds. */
  readonly processor: number;
}

/** Real, eager starts of vLLM with a tiny model under `run`, with the probe and without. */
export class ProbedStarts implements Disposable {
  /** Not in the system's temporary folder: the probe takes none that is shared. */
  readonly #coldtrace = new Coldtrace(Deno.env.get("HOME") ?? ".");
  readonly #venv: string;
  readonly #models: string;

  /** `venv` is vLLM's virtual environment; `models` has a folder `tiny`. */
  constructor(venv: string, models: string) {
    this.#venv = venv;
    this.#models = models;
  }

  /** Starts it, and stops it after its first token. */
  async time(mode: Mode): Promise<Taken> {
    const { dir } = this.#coldtrace;
    const json = `${dir}/time.json`;
    const engine = [
      ...[`${this.#venv}/bin/vllm`, "serve", `${this.#models}/tiny`, "--enforce-eager"],
      ...["--max-model-len", "128", "--dtype", "float32"],
      ...["--host", "127.0.0.1", "--port", String(freePort())],
    ];
    const run = this.#coldtrace.wrap(engine, "--stop", "--probe", mode, "--json", json);
    // A shell knows what all below it took.
    const { success, stdout, stderr } = await new Deno.Command("sh", {
      args: ["-c", '"$@" >/dev/null && times', "sh", ...run],
      ...quietEnv({
        HF_HUB_OFFLINE: "1",
        VLLM_CPU_KVCACHE_SPACE: "1",
        VLLM_NO_USAGE_STATS: "1",
        VLLM_CPU_OMP_THREADS_BIND: "nobind",
        VLLM_CACHE_ROOT: `${dir}/vllm`,
        TORCHINDUCTOR_CACHE_DIR: `${dir}/inductor`,
      }),
      stdin: "null",
    }).output();
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    if (!success) throw new Error(text(stderr));
    const report: TimeReport = JSON.parse(await Deno.readTextFile(json));
    const isProbed = report.rows.some(({ source }) => source === "probe");
    if (isProbed !== (mode === "functions")) throw new Error(`The probe is not '${mode}'`);
    return { ready: report.total_ns / 1e6, processor: processorTime(text(stdout)) };
  }

  [Symbol.dispose](): void {
    this.#coldtrace[Symbol.dispose]();
  }
}
