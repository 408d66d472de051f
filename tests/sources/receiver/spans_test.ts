import { assert, assertArrayIncludes, assertEquals } from "@std/assert";
import { decodeTraces } from "../../../src/otlp/protobuf.ts";
import { ReceivedSpans } from "../../../src/sources/receiver/spans.ts";
import { VLLM } from "../../../src/sources/profiles/vllm.ts";
import type { Testimony } from "../../../src/sources/witness.ts";
import type { SpanRecord } from "../../../src/trace/record.ts";
import { capturedBodies } from "../../otlp/_captures.ts";
import { PROFILE, spanRecord } from "../_receiver.ts";

const LIMIT = 1_000_000;

/** What the spans of a recorded start of vLLM tell. */
function told(capture: string): Testimony {
  const spans = new ReceivedSpans(PROFILE, LIMIT);
  for (const body of capturedBodies()) {
    if (body.capture === capture) spans.add(decodeTraces(body.protobuf), body.protobuf.length);
  }
  return spans.testimony();
}

/** What spans tell of whose sender nothing is known. */
function toldBy(...records: SpanRecord[]): Testimony {
  const spans = new ReceivedSpans(undefined, LIMIT);
  spans.add(records, 1);
  return spans.testimony();
}

Deno.test("ReceivedSpans tells processes, phases, kinds and functions when vLLM starts", () => {
  const { processes, spans, missing } = told("b2-flag-http-safetensors");
  assertEquals(missing, []);
  const VLLM = "vllm.instrumenting_module_name";
  assertEquals(processes, [
    {
      pid: 13598,
      name: undefined,
      attributes: {
        "service.instance.id": "f69a232f-dc21-4964-b7cf-a577e1c42ddd",
        [VLLM]: "vllm.llm_engine",
      },
    },
    {
      pid: 13833,
      name: "EngineCore",
      attributes: {
        "service.instance.id": "a06d668b-803f-4d96-9110-b179587cd0a4",
        [VLLM]: "vllm.engine_core",
        "vllm.process_kind": "engine_core",
        "vllm.process_name": "EngineCore",
      },
    },
    {
      pid: 14148,
      name: "Worker_0",
      attributes: {
        "service.instance.id": "aa6e8dfa-3475-46a3-bd3b-f4604e89dc37",
        [VLLM]: "vllm.worker",
        "vllm.process_kind": "worker",
        "vllm.process_name": "Worker_0",
      },
    },
  ]);
  const client = "vllm.v1.engine.core_client";
  const core = "vllm.v1.engine.core";
  const loader = "vllm.model_executor.model_loader";
  assertEquals(spans.map(({ pid, name, phase, kind, where }) => [pid, name, phase, kind, where]), [
    [13598, "AsyncMPClient init", "engine", "container", `${client}:AsyncMPClient.__init__`],
    [
      13598,
      "Overall Loading",
      "engine",
      "container",
      `${client}:EngineCoreClient.make_async_mp_client`,
    ],
    [13833, "Executor init", undefined, "work", "vllm.v1.executor.abstract:Executor.__init__"],
    [13833, "Prepare model", undefined, "work", `${core}:EngineCore._initialize_kv_caches`],
    [13833, "EngineCoreProc init", undefined, "work", `${core}:EngineCoreProc.__init__`],
    [
      14148,
      "Worker init",
      undefined,
      "work",
      "vllm.v1.worker.worker_base:WorkerWrapperBase.init_worker",
    ],
    [14148, "Initialize model", undefined, "work", `${loader}.utils:initialize_model`],
    [
      14148,
      "Load weights",
      "weights",
      "work",
      `${loader}.default_loader:DefaultModelLoader.load_weights`,
    ],
    [14148, "Load model", "weights", "work", `${loader}.base_loader:BaseModelLoader.load_model`],
    [
      14148,
      "Loading (CPU)",
      undefined,
      "work",
      "vllm.v1.worker.cpu_model_runner:CPUModelRunner.load_model",
    ],
    [
      14148,
      "Worker init",
      undefined,
      "work",
      "vllm.v1.executor.multiproc_executor:WorkerProc.__init__",
    ],
    [
      14148,
      "Allocate KV cache",
      undefined,
      "work",
      "vllm.v1.worker.gpu_worker:Worker.initialize_from_config",
    ],
  ]);
});

Deno.test("ReceivedSpans spells functions of vLLM as its profile does, by which spans are matched", async () => {
  const spans = new ReceivedSpans(VLLM.otlp, LIMIT);
  for (const { protobuf } of capturedBodies()) spans.add(decodeTraces(protobuf), protobuf.length);
  const functions = new Map(
    (await VLLM.python?.functions())?.map(({ where, name }) => [where, name]),
  );
  const known = spans.testimony().spans.flatMap(({ name, where = "" }) => {
    const probed = functions.get(where);
    return probed === undefined ? [] : [`${name}: ${probed}`];
  });
  assertArrayIncludes(known, [
    "EngineCoreProc init: engine core init",
    "Worker init: worker proc init",
    "Worker init: init worker",
    "Load weights: load weights",
  ]);
});

Deno.test("ReceivedSpans keeps identity, scope, times and details of a span", () => {
  const [span] = told("b2-flag-http-safetensors").spans;
  assertEquals(span, {
    source: "otlp",
    pid: 13598,
    name: "AsyncMPClient init",
    phase: "engine",
    kind: "container",
    start: 1795430111065825734n,
    end: 1795430124918699034n,
    where: "vllm.v1.engine.core_client:AsyncMPClient.__init__",
    ids: {
      traceId: "0af7651916cd43dd8448eb211c80319c",
      spanId: "0b700e14da1148b7",
      parentId: "bccb981ed12e8d7e",
    },
    scope: { name: "vllm.v1.engine.core_client" },
    attributes: {
      "code.function": "AsyncMPClient.__init__",
      "code.namespace": "vllm.v1.engine.core_client",
      "code.filepath": "/opt/vllm/lib/python3.11/site-packages/vllm/v1/engine/core_client.py",
      "code.lineno": "1109",
    },
    error: undefined,
  });
});

Deno.test("ReceivedSpans leaves out requests, and nothing else, in every recorded start", () => {
  const captures = Map.groupBy(capturedBodies(), ({ capture }) => capture);
  for (const [capture, bodies] of captures) {
    const sent = bodies.flatMap(({ protobuf }) => decodeTraces(protobuf));
    const { spans, missing } = told(capture);
    assertEquals(missing, []);
    assertEquals(spans.length, sent.filter(({ kind }) => kind !== 2).length);
    assert(spans.every(({ name }) => name !== "llm_request"));
  }
});

Deno.test("ReceivedSpans tells why a span failed, and the exception as an event", () => {
  const failed = told("s-fail-bad-model").spans.find(({ name }) => name === "Load weights");
  const message = "Error while deserializing header: incomplete metadata, file not fully covered";
  assertEquals(failed?.error, `SafetensorError: ${message}`);
  assertEquals(failed?.events?.map(({ name }) => name), ["exception"]);
  const attributes = { "exception.type": "E", "exception.message": "m" };
  const exception = { timeUnixNano: 1n, name: "exception", attributes };
  const status = { code: 2 };
  const { spans } = toldBy(
    spanRecord(1, { status, events: [exception] }),
    spanRecord(2, { status }),
    spanRecord(3, { status: { code: 1, message: "fine" }, events: [exception] }),
  );
  assertEquals(spans.map(({ error }) => error), ["E: m", "error", undefined]);
});

Deno.test("ReceivedSpans keeps spans whose times cannot be", () => {
  const { spans } = toldBy(
    spanRecord(1, { startTimeUnixNano: 1_202_773_127n, endTimeUnixNano: 1_202_773_128n }),
    spanRecord(2, { startTimeUnixNano: 0n, endTimeUnixNano: 5n }),
    spanRecord(3, { startTimeUnixNano: 7n, endTimeUnixNano: 5n }),
  );
  assertEquals(spans.map(({ start, end }) => [start, end]), [
    [1_202_773_127n, 1_202_773_128n],
    [0n, 5n],
    [7n, 5n],
  ]);
});

Deno.test("ReceivedSpans takes each span for work, and no request, when nothing is known of the engine", () => {
  const { spans } = toldBy(
    spanRecord(1, { name: "Overall Loading" }),
    spanRecord(2, { name: "llm_request" }),
    spanRecord(3, { name: "GET /health", kind: 2 }),
    spanRecord(4, { name: "constructor" }),
  );
  assertEquals(spans.map(({ name, kind, phase }) => [name, kind, phase]), [
    ["Overall Loading", "work", undefined],
    ["llm_request", "work", undefined],
    ["constructor", "work", undefined],
  ]);
});

Deno.test("ReceivedSpans reads the process from what is a process id, and only that", () => {
  const of = (attributes: SpanRecord["resource"]["attributes"]) => {
    const { spans, processes } = toldBy(spanRecord(1, { resource: { attributes } }));
    assertEquals(processes.map(({ pid }) => pid), [spans[0]?.pid].filter(Boolean));
    return spans[0]?.pid;
  };
  assertEquals(of({ "process.pid": 7, "vllm.process_id": "8" }), 7);
  assertEquals(of({ "vllm.process_id": "8" }), 8);
  for (const none of [0, -1, 1.5, 2n ** 60n, "", "1e3", "x", null, [1]]) {
    assertEquals(of({ "process.pid": none }), undefined);
  }
});

Deno.test("ReceivedSpans keeps no command line, which may hold secrets, and no noise", () => {
  const { processes } = toldBy(spanRecord(1, {
    resource: {
      attributes: {
        "process.pid": 7,
        "process.command": "/usr/bin/engine",
        "process.command_args": ["engine", "--api-key", "secret"],
        "process.command_line": "engine --api-key secret",
        "process.runtime.name": "cpython",
        "telemetry.sdk.name": "opentelemetry",
        "service.name": "engine",
        "service.version": "1",
      },
    },
  }));
  assertEquals(processes, [{
    pid: 7,
    name: undefined,
    attributes: { "process.runtime.name": "cpython", "service.version": "1" },
  }]);
});

Deno.test("ReceivedSpans keeps a span once when it is sent again", () => {
  const spans = new ReceivedSpans(undefined, LIMIT);
  const first = [spanRecord(1), spanRecord(2), spanRecord(2)];
  spans.add(first, 10);
  spans.add(first, 10);
  spans.add([spanRecord(2), spanRecord(3, { traceId: "1".repeat(32) }), spanRecord(3)], 10);
  assertEquals(spans.testimony().spans.map(({ name }) => name), [
    "span 1",
    "span 2",
    "span 3",
    "span 3",
  ]);
});

Deno.test("ReceivedSpans keeps the spans of both workers when these have the same ids, as vLLM's have", () => {
  const { spans } = told("p-tp2");
  const loads = spans.filter(({ name }) => name === "Load model");
  assertEquals(new Set(loads.map(({ pid }) => pid)), new Set([16145, 16144]));
  assertEquals(new Set(loads.map(({ ids }) => ids?.spanId)).size, 1);
});

Deno.test("ReceivedSpans keeps no more than its limit, and tells how many are left out", () => {
  const spans = new ReceivedSpans(undefined, 25);
  for (let n = 0; n < 10; n++) spans.add([spanRecord(n)], 10);
  for (let n = 0; n < 10; n++) spans.add([spanRecord(100, { kind: 2 }), spanRecord(1)], 10);
  const { spans: kept, missing } = spans.testimony();
  assertEquals(kept.length, 2);
  assertEquals(missing, ["8 of the engine's own spans were left out, as it sent too many"]);
});
