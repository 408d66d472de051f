/** The receiver and senders that are not ours: OpenTelemetry's SDKs for JavaScript and Python. */
import { assertEquals, assertMatch } from "@std/assert";
import { SpanStatusCode } from "@opentelemetry/api";
import { OTLPTraceExporter as JsonExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { OTLPTraceExporter as ProtobufExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { BasicTracerProvider, BatchSpanProcessor } from "@opentelemetry/sdk-trace-base";
import { startReceiver } from "../../src/sources/receiver.ts";

const EXPORTERS = { "http/protobuf": ProtobufExporter, "http/json": JsonExporter };

for (const [protocol, Exporter] of Object.entries(EXPORTERS)) {
  for (const compression of ["none", "gzip"]) {
    Deno.test(`startReceiver() takes what JavaScript's SDK sends by ${protocol}, compression ${compression}`, async () => {
      await using receiver = startReceiver();
      const exporter = new Exporter({
        url: receiver.endpoint,
        compression: compression as NonNullable<
          NonNullable<ConstructorParameters<typeof Exporter>[0]>["compression"]
        >,
      });
      const provider = new BasicTracerProvider({
        resource: resourceFromAttributes({ "service.name": "engine", "process.pid": 43 }),
        spanProcessors: [new BatchSpanProcessor(exporter)],
      });
      const span = provider.getTracer("loader", "1.2").startSpan("load", {
        startTime: [1_764_000_000, 123_456_789],
        attributes: { text: "tëxt 🚀", int: -3, double: 0.5, yes: true, list: ["a", "b"] },
      });
      span.addEvent("read", { bytes: 2 ** 40 }, [1_764_000_000, 200_000_000]);
      span.setStatus({ code: SpanStatusCode.ERROR, message: "no memory" });
      span.end([1_764_000_001, 1]);
      for (let n = 0; n < 400; n++) provider.getTracer("loader", "1.2").startSpan(`n${n}`).end();
      await provider.shutdown();

      const { processes, spans, missing } = receiver.testimony();
      assertEquals(missing, []);
      assertEquals(processes, [{ pid: 43, name: undefined, attributes: {} }]);
      assertEquals(spans.length, 401);
      const { traceId, spanId } = span.spanContext();
      assertEquals(spans[0], {
        source: "otlp",
        pid: 43,
        name: "load",
        phase: undefined,
        kind: "work",
        start: 1_764_000_000_123_456_789n,
        end: 1_764_000_001_000_000_001n,
        where: undefined,
        ids: { traceId, spanId },
        scope: { name: "loader", version: "1.2" },
        attributes: { text: "tëxt 🚀", int: -3, double: 0.5, yes: true, list: ["a", "b"] },
        events: [{
          timeUnixNano: 1_764_000_000_200_000_000n,
          name: "read",
          attributes: { bytes: 2 ** 40 },
        }],
        error: "no memory",
      });
    });
  }
}

/** A Python that may have OpenTelemetry. */
const PYTHON = Deno.env.get("COLDTRACE_TEST_PYTHON") ?? "python3";

async function hasOpenTelemetry(): Promise<boolean> {
  const code = "import opentelemetry.sdk.trace, opentelemetry.exporter.otlp.proto.http";
  try {
    return (await new Deno.Command(PYTHON, { args: ["-c", code] }).output()).success;
  } catch {
    return false;
  }
}

/** Spans as vLLM makes them, of which one fails. */
const PROGRAM = `
import os
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanKind

provider = TracerProvider(resource=Resource.create({"vllm.process_id": str(os.getpid())}))
provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
tracer = provider.get_tracer("engine")
code = {"code.namespace": "engine.loader", "code.function": "Loader.load"}
try:
    with tracer.start_as_current_span("load", attributes=code):
        with tracer.start_as_current_span("read", attributes={"size": 1 << 40, "ratio": 0.5}):
            raise ValueError("no such file")
except ValueError:
    pass
with tracer.start_as_current_span("request", kind=SpanKind.SERVER):
    pass
provider.shutdown()
print(os.getpid())
`;

const ignore = !await hasOpenTelemetry();
for (const compression of ["none", "gzip"]) {
  Deno.test({
    name: `startReceiver() takes what Python's SDK sends, compression ${compression}`,
    ignore,
    async fn() {
      await using receiver = startReceiver();
      const { stdout, stderr } = await new Deno.Command(PYTHON, {
        args: ["-c", PROGRAM],
        env: {
          OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: receiver.endpoint,
          OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: "http/protobuf",
          OTEL_EXPORTER_OTLP_TRACES_COMPRESSION: compression,
        },
      }).output();
      assertEquals(new TextDecoder().decode(stderr), "");
      const pid = Number(new TextDecoder().decode(stdout));
      const { processes, spans, missing } = receiver.testimony();
      assertEquals(missing, []);
      assertEquals(processes.map((process) => process.pid), [pid]);
      assertEquals(
        spans.map(({ pid, name, where, error }) => [pid, name, where, error]),
        [
          [pid, "read", undefined, "ValueError: no such file"],
          [pid, "load", "engine.loader:Loader.load", "ValueError: no such file"],
        ],
      );
      const [read, load] = spans;
      assertEquals(read?.attributes, { size: 2 ** 40, ratio: 0.5 });
      assertEquals(read?.ids?.parentId, load?.ids?.spanId);
      const exception = read?.events?.[0]?.attributes?.["exception.stacktrace"];
      assertMatch(String(exception), /ValueError: no such file/);
    },
  });
}
