import { freePort, replayArgs } from "../../tests/_replay_process.ts";
import { quietEnv } from "../_process.ts";
import { Coldtrace } from "./_coldtrace.ts";

/** How a recorded start is replayed. */
export type Mode = "alone" | "under run";

/** An eager start of vLLM 0.32 with real weights, ready after 20.6 s. */
const CAPTURE = "b2-flag-http-safetensors";
/** Milliseconds between two questions whether it is ready. */
const STEP = 3;

/** Replays a recorded start of vLLM. */
export class Replays implements Disposable {
  readonly #coldtrace = new Coldtrace();
  readonly #speed: number;

  /** `speed` is how much faster than recorded. */
  constructor(speed: number) {
    this.#speed = speed;
  }

  /** Milliseconds from the launch of the engine until it is ready, both as seen from here. */
  async time(mode: Mode): Promise<number> {
    const port = freePort();
    const engine = [
      Deno.execPath(),
      ...replayArgs(CAPTURE, "--speed", this.#speed, "--port", port),
    ];
    // The engine's process tells us when it is there, since only its parent knows.
    const telling = ["sh", "-c", `kill -USR2 ${Deno.pid}; exec "$@"`, "sh", ...engine];
    const url = `http://127.0.0.1:${port}/health`;
    const [program = "", ...args] = mode === "alone"
      ? telling
      : this.#coldtrace.wrap(telling, "--engine", "vllm", "--ready-url", url);
    const launch = signalled();
    const child = new Deno.Command(program, {
      args,
      ...quietEnv(),
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const output = [child.stdout, child.stderr].map((stream) =>
      stream.pipeTo(new WritableStream())
    );
    const launched = await Promise.race([launch, child.status]);
    if (typeof launched !== "number") throw new Error(`The engine was not launched, ${mode}`);
    const ready = await whenReady(port, url);
    child.kill("SIGTERM");
    await Promise.all([child.status, ...output]);
    return ready - launched;
  }

  [Symbol.dispose](): void {
    this.#coldtrace[Symbol.dispose]();
  }
}

/** When the next SIGUSR2 comes. */
function signalled(): Promise<number> {
  return new Promise((resolve) => {
    const listener = () => {
      Deno.removeSignalListener("SIGUSR2", listener);
      resolve(performance.now());
    };
    Deno.addSignalListener("SIGUSR2", listener);
  });
}

/** When it first answers that it is ready. */
async function whenReady(port: number, url: string): Promise<number> {
  while (!await isListening(port)) await new Promise((resolve) => setTimeout(resolve, STEP));
  const response = await fetch(url, { headers: { connection: "close" } });
  const now = performance.now();
  await response.body?.cancel();
  if (!response.ok) throw new Error(`The engine is not ready: ${response.status}`);
  return now;
}

/** Whether it accepts connections; cheaper to ask than for an answer. */
async function isListening(port: number): Promise<boolean> {
  try {
    using _ = await Deno.connect({ hostname: "127.0.0.1", port });
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.ConnectionRefused) return false;
    throw error;
  }
}
