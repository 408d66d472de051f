import type { ReadyProbe } from "./engine.ts";

/** How often a URL or function is asked, in milliseconds. */
const INTERVAL = 100;
/** How long one answer of a URL may take, in milliseconds. */
const TRY_LIMIT = 2000;
/** How much of an answer's body is compared with the one before, in bytes. */
const COMPARED = 1024;

/** What came back from asking whether an engine is ready. */
interface Answer {
  readonly ready: boolean;
  /** What it said, to be compared with the answer before. */
  readonly text: string;
  /** Why there was no answer. */
  readonly error?: unknown;
}

/** What is done with answers. */
export interface ProbeHandlers {
  /** The engine is ready. */
  ready(): void;
  /** The answer was another than the one before. */
  changed(): void;
  /** There was no answer. */
  failed(error: unknown): void;
}

/** Asks until the answer is yes or `signal` says that nobody wants to know any more. */
export async function poll(
  probe: Exclude<ReadyProbe, { line: RegExp }>,
  signal: AbortSignal,
  handlers: ProbeHandlers,
): Promise<void> {
  const interval = typeof probe === "function" ? INTERVAL : probe.interval ?? INTERVAL;
  let before: string | undefined;
  while (!signal.aborted) {
    const answer = await ask(probe, signal);
    if (signal.aborted) return;
    if (answer.ready) return handlers.ready();
    if (answer.error !== undefined) handlers.failed(answer.error);
    if (before !== undefined && before !== answer.text) handlers.changed();
    before = answer.text;
    await pause(interval, signal);
  }
}

async function ask(
  probe: Exclude<ReadyProbe, { line: RegExp }>,
  signal: AbortSignal,
): Promise<Answer> {
  try {
    if (typeof probe !== "function") return await get(probe.url, signal);
    return { ready: await probe(signal) === true, text: "" };
  } catch (error) {
    // Before it is ready an engine refuses, resets, or does not answer in time.
    return { ready: false, text: String(error), error };
  }
}

async function get(url: string | URL, signal: AbortSignal): Promise<Answer> {
  const attempt = new AbortController();
  const stop = () => attempt.abort(signal.reason);
  const timer = setTimeout(
    () => attempt.abort(new DOMException("No answer in time", "TimeoutError")),
    TRY_LIMIT,
  );
  signal.addEventListener("abort", stop, { once: true });
  try {
    const response = await fetch(url, {
      signal: attempt.signal,
      redirect: "manual",
      // A connection kept for the next time would hold up the engine's own shutdown.
      headers: { connection: "close" },
    });
    const text = response.ok ? "" : await bodyStart(response);
    await response.body?.cancel();
    return { ready: response.ok, text: `${response.status} ${text}` };
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", stop);
  }
}

async function bodyStart(response: Response): Promise<string> {
  let text = "";
  const reader = response.body?.getReader();
  const decoder = new TextDecoder();
  while (reader && text.length < COMPARED) {
    const { done, value } = await reader.read();
    if (done) break;
    text += decoder.decode(value, { stream: true });
  }
  reader?.releaseLock();
  return text.slice(0, COMPARED);
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener("abort", end, { once: true });
  });
}
