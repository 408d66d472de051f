import { assert, assertEquals } from "@std/assert";
import { decodeTraces } from "../src/otlp/protobuf.ts";
import type { SpanRecord } from "../src/trace/record.ts";
import { type Capture, readCapture } from "./_replay_capture.ts";
import { scaleDurations } from "./_replay_lines.ts";
import { captureFolder, freePort, replayArgs } from "./_replay_process.ts";

const SPEED = 50;
const TRACE = "0123456789abcdef0123456789abcdef";
const PARENT = "fedcba9876543210";
const CONTEXT = { TRACEPARENT: `00-${TRACE}-${PARENT}-01` };

/** Keeps what it is sent. */
interface Collector extends AsyncDisposable {
  readonly endpoint: string;
  readonly spans: SpanRecord[];
  /** Resolves when something has come. */
  readonly first: Promise<void>;
}

function collect(): Collector {
  const spans: SpanRecord[] = [];
  const { promise: first, resolve } = Promise.withResolvers<void>();
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    assertEquals(request.headers.get("content-type"), "application/x-protobuf");
    spans.push(...decodeTraces(await request.bytes()));
    resolve();
    return new Response(null);
  });
  const endpoint = `http://127.0.0.1:${server.addr.port}/v1/traces`;
  return { endpoint, spans, first, [Symbol.asyncDispose]: () => server.shutdown() };
}

function replay(name: string, options: (string | number)[] = [], env: Record<string, string> = {}) {
  return new Deno.Command(Deno.execPath(), {
    args: replayArgs(name, "--speed", SPEED, ...options),
    env: { PATH: "", ...env },
    clearEnv: true,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

/** What was recorded of a stream; progress bars overwrite their own. */
function recorded({ lines }: Capture, stream: "stdout" | "stderr", speed = SPEED): string[] {
  return lines.filter((line) => line.stream === stream)
    .map(({ text }) => scaleDurations(text, speed));
}

function sorted(spans: readonly SpanRecord[]): SpanRecord[] {
  return spans.toSorted((a, b) => a.spanId < b.spanId ? -1 : 1);
}

function linesOf(bytes: Uint8Array): string[] {
  return new TextDecoder().decode(bytes).split(/[\r\n]/).slice(0, -1);
}

/** Reads a stream until a line has come, and then to its end. */
function readUntil(stream: ReadableStream<Uint8Array<ArrayBuffer>>, part: string) {
  let text = "";
  const { promise: seen, resolve } = Promise.withResolvers<void>();
  const all = (async () => {
    for await (const piece of stream.pipeThrough(new TextDecoderStream())) {
      text += piece;
      if (text.includes(part)) resolve();
    }
    return text.split(/[\r\n]/).slice(0, -1);
  })();
  return { seen, all };
}

/** Asks until the server listens. */
async function health(url: string): Promise<number> {
  for (;;) {
    try {
      const answer = await fetch(`${url}/health`);
      await answer.body?.cancel();
      return answer.status;
    } catch {
      // Refused: it does not listen yet.
    }
  }
}

for (
  const [name, ending] of [
    ["s-fail-bad-model", { code: 1, signal: null }],
    ["v2-forced-vllm-compile-cold", { code: 1, signal: null }],
    ["e1-kill9-midload", { code: 137, signal: "SIGKILL" }],
    ["e3-kill9-at-ready-bsp200", { code: 137, signal: "SIGKILL" }],
  ] as const
) {
  Deno.test(`replay writes what ${name} wrote, and ends as it ended`, async () => {
    const capture = readCapture(captureFolder(name));
    const { code, signal, stdout, stderr } = await replay(name).output();
    assertEquals({ code, signal }, ending);
    assertEquals(linesOf(stdout), recorded(capture, "stdout"));
    assertEquals(linesOf(stderr), recorded(capture, "stderr"));
  });
}

Deno.test("replay sends the recorded spans, moved to its own time and into its own trace", async () => {
  await using collector = collect();
  const from = BigInt(Date.now()) * 1_000_000n;
  const { code } = await replay("s-fail-bad-model", [], {
    ...CONTEXT,
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: collector.endpoint,
    OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: "http/protobuf",
  }).output();
  const to = BigInt(Date.now()) * 1_000_000n;
  assertEquals(code, 1);
  const capture = readCapture(captureFolder("s-fail-bad-model"));
  // Two requests that are close together can come in another order.
  const before = sorted(capture.bodies.flatMap(({ bytes }) => decodeTraces(bytes)));
  const after = sorted(collector.spans);
  const zero = (after[0]?.startTimeUnixNano ?? 0n) - moved(before[0]?.startTimeUnixNano ?? 0n, 0n);
  assert(from <= zero && zero <= to);
  const [, trace, parent] = capture.traceparent?.split("-") ?? [];
  assertEquals(
    after,
    before.map((span) => ({
      ...span,
      traceId: span.traceId === trace ? TRACE : span.traceId,
      ...(span.parentSpanId === parent && { parentSpanId: PARENT }),
      startTimeUnixNano: moved(span.startTimeUnixNano, zero),
      endTimeUnixNano: moved(span.endTimeUnixNano ?? 0n, zero),
      ...(span.events && {
        events: span.events.map((event) => ({
          ...event,
          timeUnixNano: moved(event.timeUnixNano, zero),
        })),
      }),
    })),
  );
  assert(after.every(({ traceId }) => traceId === TRACE));
  assert(after.some(({ parentSpanId }) => parentSpanId === PARENT));

  function moved(time: bigint, zero: bigint): bigint {
    return zero + (time - capture.spawn) / BigInt(SPEED);
  }
});

Deno.test("replay sends nothing when the protocol is not the one that it was recorded with", async () => {
  await using collector = collect();
  await replay("s-fail-bad-model", [], {
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: collector.endpoint,
  }).output();
  assertEquals(collector.spans, []);
});

Deno.test("replay leaves spans of a stale trace in it", async () => {
  await using collector = collect();
  const child = replay("d2-both-stale-lower", [], {
    ...CONTEXT,
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: collector.endpoint,
    OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: "http/protobuf",
  });
  const stderr = readUntil(child.stderr, "never");
  const stdout = readUntil(child.stdout, "never");
  await collector.first;
  child.kill("SIGINT");
  await Promise.all([child.status, stderr.all, stdout.all]);
  assert(collector.spans.length > 0);
  assert(collector.spans.every(({ traceId }) => traceId === "9".repeat(32)));
});

Deno.test("replay answers from ready on, and says and does on SIGTERM what was recorded", async () => {
  const name = "b2-flag-http-safetensors";
  const port = freePort();
  const url = `http://127.0.0.1:${port}`;
  // Slower, so that the first signal comes before it is ready for certain.
  const child = replay(name, ["--port", port, "--speed", 10]);
  const stdout = readUntil(child.stdout, "version 0.32.0");
  const stderr = readUntil(child.stderr, "never");
  await stdout.seen;
  await fetch(`${url}/health`).then(
    () => assert(false, "it listens before it is ready"),
    () => {},
  );
  // Before it is ready it takes no notice.
  child.kill("SIGTERM");
  assertEquals(await health(url), 200);
  const models = await fetch(`${url}/v1/models`).then((answer) => answer.json());
  assertEquals(models.data[0].id, "/models/tiny");
  const post = (body: unknown) =>
    fetch(`${url}/v1/completions`, { method: "POST", body: JSON.stringify(body) });
  const { choices, usage } = await post({ model: "/models/tiny" }).then((answer) => answer.json());
  assertEquals([choices.length, usage.completion_tokens], [1, 1]);
  const stream = await post({ model: "/models/tiny", stream: true }).then((answer) =>
    answer.text()
  );
  assert(stream.startsWith("data: {") && stream.endsWith("data: [DONE]\n\n"));
  for (const [path, body] of [["/v1/completions", '{"model": "other"}'], ["/else", "{}"]]) {
    const answer = await fetch(url + path, { method: "POST", body: body ?? "" });
    await answer.body?.cancel();
    assertEquals(answer.status, 404, path);
  }
  child.kill("SIGTERM");
  const { code, signal } = await child.status;
  assertEquals({ code, signal }, { code: 0, signal: null });
  // The requests of the recording that had not come until then are missing, and nothing else.
  const lines = (await stdout.all).filter((text) => !text.includes('HTTP/1.1"'));
  const capture = readCapture(captureFolder(name));
  assertEquals(
    lines,
    recorded(capture, "stdout", 10).filter((text) => !text.includes('HTTP/1.1"')),
  );
  assertEquals(await stderr.all, recorded(capture, "stderr"));
});

Deno.test("replay goes on for ever when the recorded engine had to be killed", async () => {
  const port = freePort();
  const child = replay("f7-term-midload", ["--port", port]);
  const stdout = readUntil(child.stdout, "never");
  const stderr = readUntil(child.stderr, "Application startup complete.");
  await stderr.seen;
  child.kill("SIGTERM");
  assertEquals(await health(`http://127.0.0.1:${port}`), 200);
  child.kill("SIGKILL");
  assertEquals((await child.status).signal, "SIGKILL");
  const capture = readCapture(captureFolder("f7-term-midload"));
  assertEquals(await stdout.all, recorded(capture, "stdout"));
  await stderr.all;
});

Deno.test("scaleDurations() changes what a line says of durations, and nothing else", () => {
  const scaled = (text: string) => scaleDurations(text, 10);
  assertEquals(
    scaled("Compiling a graph for range (1, 2048) takes 16.56 s"),
    "Compiling a graph for range (1, 2048) takes 1.656000 s",
  );
  assertEquals(
    scaled("Graph capturing finished in 18 secs, took 0.19 GiB"),
    "Graph capturing finished in 1.800000 secs, took 0.19 GiB",
  );
  assertEquals(
    scaled("Dynamo bytecode transform time: 1.20 s"),
    "Dynamo bytecode transform time: 0.120000 s",
  );
  assertEquals(scaleDurations("took 0.37 s", 1), "took 0.37 s");
});

Deno.test("readCapture() reads every recorded start", () => {
  const folder = new URL("testdata/captures/", import.meta.url);
  for (const { name } of Deno.readDirSync(folder)) {
    const { lines, spawn, bodies, model, end } = readCapture(captureFolder(name));
    assert(lines.length > 40 && lines.every(({ at }) => at > 0), name);
    assert(spawn > 1_795_430_000_000_000_000n, name);
    assert(bodies.every(({ bytes }) => decodeTraces(bytes).length > 0), name);
    assert(model.startsWith("/models/"), name);
    assert(typeof end === "string" || end.at > 0, name);
  }
});
