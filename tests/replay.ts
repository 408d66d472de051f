/**
 * Behaves like a recorded engine did:
 *
 *     deno run -A tests/replay.ts CAPTURE_DIR [--speed N] [--port N]
 *
 * It writes the recorded lines to the recorded streams at the recorded times, sends the recorded
 * spans, answers when the recorded server answered (with `--port`), and dies as that died. With
 * `--speed N` all is N times as fast.
 *
 * - Spans go to `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT`, literally, and only if
 *   `OTEL_EXPORTER_OTLP_TRACES_PROTOCOL` is `http/protobuf`, since vLLM takes gRPC otherwise. Their
 *   times are moved to now, and N times as close together. A trace id and a parent that the recorded
 *   engine had from its environment become those of `traceparent` or `TRACEPARENT`; a stale one stays
 *   as it was.
 * - `/health` is refused, then 200; the first completion takes as long as the recorded first request.
 * - A recording that was ended by a SIGTERM after it was ready goes on until it gets one (or SIGINT),
 *   and then says and does what it said and did. Before it is ready a SIGTERM is ignored, as vLLM
 *   ignores it.
 * - What lines say of durations (`took 22.26 s`) is divided by N too, or they would not fit to their
 *   times. With a speed of 1, the default, every line is as it was recorded.
 * - What is not exact: attributes that tell a duration, and process ids, are those of the recording,
 *   and time zero is this process's own, some 30 ms after it was made.
 */
import { rewriteBody } from "./_replay_body.ts";
import { readCapture, type RecordedBody, type RecordedLine } from "./_replay_capture.ts";
import { scaleDurations } from "./_replay_lines.ts";
import { answer } from "./_replay_server.ts";

/** Something that happens, `at` milliseconds of the recording. */
interface Step {
  readonly at: number;
  readonly run: () => void;
}

const { folder, speed, port } = parse(Deno.args);
const capture = readCapture(folder);
/** When this process began, in milliseconds since the Unix epoch. */
const zero = performance.timeOrigin;
const sent: Promise<unknown>[] = [];
const encoder = new TextEncoder();

const { signal, end, ready } = capture;
/** What the recording did only because it was told to end. */
const untilTold = signal?.name === "SIGTERM" && end !== "ignored" ? signal.at : Infinity;
const steps = allSteps();
const told = new AbortController();
for (const name of ["SIGTERM", "SIGINT"] as const) {
  Deno.addSignalListener(name, () => {
    const isReady = ready !== undefined && now() >= zero + ready / speed;
    if (name === "SIGINT" || (isReady && end !== "ignored")) told.abort();
  });
}
// It goes on for as long as it is not told to end, though there is nothing left to do.
const alive = setInterval(() => {}, 60_000);

await play(steps.filter(({ at }) => at < untilTold), zero);
if (!told.signal.aborted && (untilTold < Infinity || end === "ignored")) {
  await new Promise((resolve) => told.signal.addEventListener("abort", resolve));
}
const rest = untilTold < Infinity ? steps.filter(({ at }) => at >= untilTold) : [];
await play(rest, now() - untilTold / speed, new AbortController().signal);
await Promise.allSettled(sent);
clearInterval(alive);
Deno.exit(typeof end === "object" ? end.code : 0);

/** Runs steps at their times, `from` being that of the recording's beginning, until it is told to end. */
async function play(steps: readonly Step[], from: number, until = told.signal): Promise<void> {
  for (const { at, run } of steps) {
    await delay(from + at / speed - now(), until);
    if (until.aborted) return;
    run();
  }
}

async function delay(wait: number, until: AbortSignal): Promise<void> {
  if (wait <= 0 || until.aborted) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, wait);
  const stop = () => resolve();
  until.addEventListener("abort", stop);
  await promise;
  clearTimeout(timer);
  until.removeEventListener("abort", stop);
}

/** Milliseconds since the Unix epoch, by the clock that never steps. */
function now(): number {
  return performance.timeOrigin + performance.now();
}

function allSteps(): Step[] {
  const steps: Step[] = [
    ...capture.lines.map((line, index) => ({ at: line.at, run: () => write(line, index) })),
    ...capture.bodies.map((body) => ({ at: body.at, run: () => send(body) })),
  ];
  if (port !== undefined && ready !== undefined) {
    steps.push({ at: ready, run: () => answer({ capture, port, speed }) });
  }
  if (end === "killed" && signal) {
    steps.push({ at: signal.at, run: () => Deno.kill(Deno.pid, "SIGKILL") });
  } else if (typeof end === "object") {
    steps.push({ at: end.at, run: () => {} });
  }
  return steps.sort((a, b) => a.at - b.at);
}

/** A progress bar goes back to the beginning of its line, where its next state is written. */
function write({ stream, text }: RecordedLine, index: number): void {
  const next = capture.lines.slice(index + 1).find((line) => line.stream === stream);
  const isOverwritten = isProgress(text) && next !== undefined && isProgress(next.text);
  const bytes = encoder.encode(scaleDurations(text, speed) + (isOverwritten ? "\r" : "\n"));
  try {
    for (let at = 0; at < bytes.length;) at += Deno[stream].writeSync(bytes.subarray(at));
  } catch {
    // Nobody reads any more; the recorded engine would go on too.
  }
}

function isProgress(text: string): boolean {
  return /\d% .*\|/.test(text);
}

function send({ bytes }: RecordedBody): void {
  const url = Deno.env.get("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT");
  const protocol = Deno.env.get("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL");
  if (!url || protocol !== "http/protobuf") return;
  const from = ids(capture.traceparent);
  const to = ids(Deno.env.get("traceparent") ?? Deno.env.get("TRACEPARENT"));
  const body = rewriteBody(bytes, {
    time: (time) => BigInt(Math.round(zero * 1e6)) + (time - capture.spawn) / BigInt(speed),
    id: (id) => id === from?.trace ? to?.trace ?? id : id === from?.span ? to?.span ?? id : id,
  });
  const headers = { "content-type": "application/x-protobuf" };
  const signal = AbortSignal.timeout(10_000);
  sent.push(
    fetch(url, { method: "POST", headers, body, signal }).then((response) => response.bytes())
      .catch(() => {}),
  );
}

function ids(traceparent: string | undefined): { trace: string; span: string } | undefined {
  const [, trace, span] = traceparent?.split("-") ?? [];
  return trace === undefined || span === undefined ? undefined : { trace, span };
}

function parse(args: readonly string[]): { folder: string; speed: number; port?: number } {
  const [folder, ...rest] = args;
  const options: Record<string, number> = {};
  for (let at = 0; at < rest.length; at += 2) options[rest[at] ?? ""] = Number(rest[at + 1]);
  const { "--speed": speed = 1, "--port": port, ...unknown } = options;
  const isWrong = folder === undefined || Object.keys(unknown).length > 0 || !(speed >= 1) ||
    !Number.isInteger(speed) || Number.isNaN(port);
  if (isWrong) throw new Error("usage: replay.ts CAPTURE_DIR [--speed N] [--port N]");
  return { folder, speed, ...(port !== undefined && { port }) };
}
