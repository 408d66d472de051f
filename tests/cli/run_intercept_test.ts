/** Where spans go when the user has named a place for them: the engine's own, and ours. */
import { assert, assertEquals } from "@std/assert";
import { decodeTraces } from "../../src/otlp/protobuf.ts";
import { startReceiver } from "../../src/sources/receiver.ts";
import type { SpanRecord } from "../../src/trace/record.ts";
import { readCapture } from "../_replay_capture.ts";
import { captureFolder, freePort, replayArgs } from "../_replay_process.ts";
import { RunYard } from "./_run_yard.ts";

/** A start of vLLM that is the trace of its parent, with requests that are not. */
const CAPTURE = "f3-bsp200";

/** The place that the user has named. */
class Destination implements AsyncDisposable {
  /** All that came. */
  readonly spans: SpanRecord[] = [];
  readonly #receiver = startReceiver({ forward: (spans) => this.spans.push(...spans) });

  /** The variables that name it. */
  get env(): Record<string, string> {
    return {
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: this.#receiver.endpoint,
      OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: "http/protobuf",
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#receiver.stop();
  }
}

/** Replays a start of vLLM until its first token, and stops it. */
async function run(yard: RunYard, options: string[], env: Record<string, string>) {
  const port = freePort();
  const command = [Deno.execPath(), ...replayArgs(CAPTURE, "--speed", 20, "--port", port)];
  const { code } = await yard.run(command, {
    options: [
      "--engine",
      "vllm",
      "--ready-url",
      `http://127.0.0.1:${port}/health`,
      "--stop",
      "--quiet",
      ...options,
    ],
    env,
  });
  assertEquals(code, 0);
  const [records = []] = await yard.runs();
  const root = records.at(-1);
  assert(root?.name === "start");
  return { records, root };
}

/** The spans that the engine had sent of its start when it was ready. */
function sentOfStart(): SpanRecord[] {
  const { bodies, ready = 0 } = readCapture(captureFolder(CAPTURE));
  const spans = bodies.filter(({ at }) => at < ready).flatMap(({ bytes }) => decodeTraces(bytes));
  assert(spans.length > 10);
  return spans;
}

function assertEachOnce(spans: readonly SpanRecord[]): void {
  const ids = spans.map(({ traceId, spanId }) => `${traceId} ${spanId}`);
  assertEquals(ids.filter((id, at) => ids.indexOf(id) !== at), []);
}

const idOf = ({ spanId }: SpanRecord) => spanId;
const byName = (spans: readonly SpanRecord[]) => spans.map(({ name }) => name).sort();

Deno.test("run --intercept sends the engine's spans on to where ours go, each once, and stores all", async () => {
  await using yard = new RunYard();
  await using destination = new Destination();
  const { records, root } = await run(yard, ["--intercept"], destination.env);
  const { spans } = destination;
  assertEachOnce(spans);
  const own = spans.filter(({ scope }) => !scope.name.startsWith("coldtrace."));
  const ours = spans.filter(({ scope }) => scope.name.startsWith("coldtrace."));
  // What the engine made came as the engine made it, in the trace of the start.
  for (const { spanId, name } of sentOfStart()) {
    const found = own.find((span) => span.spanId === spanId);
    assertEquals([found?.name, found?.traceId], [name, root.traceId]);
  }
  const names = byName(ours);
  for (const name of ["start", "process start", "process replay.ts", "process EngineCore"]) {
    assert(names.includes(name), `${name} is in ${names}`);
  }
  // The stored run is whole: what was sent of the start is there, and the other way round.
  const inTrace = spans.filter(({ traceId }) => traceId === root.traceId);
  const stored = new Set(records.map(idOf));
  for (const { spanId } of sentOfStart()) assert(stored.has(spanId));
  const arrived = new Set(inTrace.map(idOf));
  assertEquals(records.filter((span) => !arrived.has(span.spanId)).map(({ name }) => name), []);
});

Deno.test("run leaves the engine to send its spans itself, and sends ours to the same place and trace", async () => {
  await using yard = new RunYard();
  await using destination = new Destination();
  const { records, root } = await run(yard, [], destination.env);
  const { spans } = destination;
  assertEachOnce(spans);
  const arrived = new Map(spans.map((span) => [span.spanId, span]));
  for (const { spanId, name } of sentOfStart()) {
    assertEquals([arrived.get(spanId)?.name, arrived.get(spanId)?.traceId], [name, root.traceId]);
    // We have not seen it.
    assertEquals(records.some((span) => span.spanId === spanId), false);
  }
  for (const { spanId, name } of records) assertEquals(arrived.get(spanId)?.name, name);
  // The engine's spans hang under the root.
  const tops = spans.filter(({ parentSpanId, scope }) =>
    parentSpanId === root.spanId && !scope.name.startsWith("coldtrace.")
  );
  assert(tops.length > 0);
});

Deno.test("run sends all of a start, however many spans it has", async () => {
  await using yard = new RunYard();
  await using destination = new Destination();
  // More than what waits for export at most, by default: a process and a span each.
  const script = `awk 'BEGIN { for (pid = 1; pid <= 1500; pid++)
    print "(Worker pid=" 100000 + pid ") INFO 11-23 10:35:24 [a.py:1] Loading weights took 0.01 seconds"
  }'; echo ready`;
  const options = ["--engine", "vllm", "--ready-log", "^ready$", "--probe", "off", "--quiet"];
  const { code, stderr } = await yard.run(["sh", "-c", script], { options, env: destination.env });
  assertEquals([code, stderr], [0, ""]);
  const [records = []] = await yard.runs();
  assert(records.length > 3000);
  const arrived = new Set(destination.spans.map(idOf));
  assertEquals(records.filter((span) => !arrived.has(span.spanId)).length, 0);
});

Deno.test("run takes in the engine's spans itself where no place is named", async () => {
  await using yard = new RunYard();
  const { records, root } = await run(yard, [], {});
  const stored = new Map(records.map((span) => [span.spanId, span]));
  for (const { spanId, name } of sentOfStart()) {
    assertEquals([stored.get(spanId)?.name, stored.get(spanId)?.traceId], [name, root.traceId]);
  }
});
