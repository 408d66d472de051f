/** Export to a real OpenTelemetry Collector. `deno task test:collector` builds it first. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { exportAll } from "../../src/trace/export_queue.ts";
import type { RecordResource, SpanRecord } from "../../src/trace/record.ts";
import { isCollectorBuilt, startCollector } from "../_collector.ts";
import {
  certificate,
  hasOpenssl,
  settingsFor,
  spanRecord,
  startProgram,
  temporaryFolder,
} from "../trace/_export.ts";

const ignore = !isCollectorBuilt();
const PROTOCOLS = ["grpc", "http/protobuf", "http/json"] as const;

const core: RecordResource = {
  attributes: { "service.name": "engine", "process.pid": 43, "coldtrace.process": "engine core" },
  schemaUrl: "https://opentelemetry.io/schemas/1.30.0",
};

/** Spans of two processes and two modules, with everything that a span can have. */
function records(): SpanRecord[] {
  const full = spanRecord(1, {
    spanId: "00f067aa0ba902b7",
    parentSpanId: "b7ad6b7169203331",
    traceState: "vendor=value,other=1",
    flags: 0x301,
    kind: 3,
    startTimeUnixNano: 1_764_000_000_123_456_789n,
    endTimeUnixNano: 1_764_000_001_000_000_001n,
    attributes: {
      string: 'tëxt\n"quoted" 🚀',
      empty: "",
      int: -9_007_199_254_740_991,
      zero: 0,
      double: 0.1,
      bool: false,
      list: ["a", "b"],
      numbers: [1, 2.5],
      none: [],
      map: { deep: { er: true } },
      bytes: new Uint8Array([0, 255]),
      big: 9_007_199_254_740_993n,
    },
    droppedAttributesCount: 1,
    events: [
      { timeUnixNano: 1_764_000_000_500_000_007n, name: "ready", attributes: { port: 8080 } },
      { timeUnixNano: 1_764_000_000_600_000_000n, name: "bare", droppedAttributesCount: 2 },
    ],
    droppedEventsCount: 3,
    links: [{
      traceId: "4bf92f3577b34da6a3ce929d0e0e4736",
      spanId: "00f067aa0ba902b8",
      traceState: "a=b",
      attributes: { why: "retry" },
      flags: 0x101,
    }],
    droppedLinksCount: 4,
    status: { code: 2, message: "exit code 1" },
    resource: core,
    scope: { name: "coldtrace/llama", version: "0.1.0" },
  });
  return [full, spanRecord(2), spanRecord(3, { kind: 1, status: { code: 1 }, flags: 0x100 })];
}

/** The same as the Collector writes it. */
const EXPECTED = [
  {
    resource: {
      attributes: [
        { key: "service.name", value: { stringValue: "engine" } },
        { key: "process.pid", value: { intValue: "43" } },
        { key: "coldtrace.process", value: { stringValue: "engine core" } },
      ],
    },
    scopeSpans: [{
      scope: { name: "coldtrace/llama", version: "0.1.0" },
      spans: [{
        traceId: "0af7651916cd43dd8448eb211c80319c",
        spanId: "00f067aa0ba902b7",
        traceState: "vendor=value,other=1",
        parentSpanId: "b7ad6b7169203331",
        flags: 0x301,
        name: "span 1",
        kind: 3,
        startTimeUnixNano: "1764000000123456789",
        endTimeUnixNano: "1764000001000000001",
        attributes: [
          { key: "string", value: { stringValue: 'tëxt\n"quoted" 🚀' } },
          { key: "empty", value: { stringValue: "" } },
          { key: "int", value: { intValue: "-9007199254740991" } },
          { key: "zero", value: { intValue: "0" } },
          { key: "double", value: { doubleValue: 0.1 } },
          { key: "bool", value: { boolValue: false } },
          {
            key: "list",
            value: { arrayValue: { values: [{ stringValue: "a" }, { stringValue: "b" }] } },
          },
          {
            key: "numbers",
            value: { arrayValue: { values: [{ intValue: "1" }, { doubleValue: 2.5 }] } },
          },
          { key: "none", value: { arrayValue: {} } },
          {
            key: "map",
            value: {
              kvlistValue: {
                values: [{
                  key: "deep",
                  value: { kvlistValue: { values: [{ key: "er", value: { boolValue: true } }] } },
                }],
              },
            },
          },
          { key: "bytes", value: { bytesValue: "AP8=" } },
          { key: "big", value: { stringValue: "9007199254740993" } },
        ],
        droppedAttributesCount: 1,
        events: [
          {
            timeUnixNano: "1764000000500000007",
            name: "ready",
            attributes: [{ key: "port", value: { intValue: "8080" } }],
          },
          { timeUnixNano: "1764000000600000000", name: "bare", droppedAttributesCount: 2 },
        ],
        droppedEventsCount: 3,
        links: [{
          traceId: "4bf92f3577b34da6a3ce929d0e0e4736",
          spanId: "00f067aa0ba902b8",
          traceState: "a=b",
          attributes: [{ key: "why", value: { stringValue: "retry" } }],
          flags: 0x101,
        }],
        droppedLinksCount: 4,
        status: { message: "exit code 1", code: 2 },
      }],
    }],
    schemaUrl: "https://opentelemetry.io/schemas/1.30.0",
  },
  {
    resource: { attributes: [{ key: "service.name", value: { stringValue: "export-test" } }] },
    scopeSpans: [{
      scope: { name: "test" },
      spans: [
        {
          traceId: "0af7651916cd43dd8448eb211c80319c",
          spanId: "0000000000000003",
          flags: 0x101,
          name: "span 2",
          kind: 1,
          startTimeUnixNano: "1764000000123456789",
          endTimeUnixNano: "1764000000123456790",
          status: {},
        },
        {
          traceId: "0af7651916cd43dd8448eb211c80319c",
          spanId: "0000000000000004",
          flags: 0x100,
          name: "span 3",
          kind: 1,
          startTimeUnixNano: "1764000000123456789",
          endTimeUnixNano: "1764000000123456790",
          status: { code: 1 },
        },
      ],
    }],
  },
];

for (const protocol of PROTOCOLS) {
  Deno.test({
    name: `exportAll() sends every detail of a span to a Collector by ${protocol}`,
    ignore,
    async fn() {
      using folder = temporaryFolder();
      await using collector = await startCollector(folder.path);
      const address = protocol === "grpc" ? collector.grpc : collector.http;
      for (const compression of ["none", "gzip"]) {
        const settings = settingsFor({
          OTEL_EXPORTER_OTLP_ENDPOINT: `http://${address}`,
          OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
          OTEL_EXPORTER_OTLP_COMPRESSION: compression,
        });
        assertEquals(await exportAll(records(), settings, 60_000), { sent: 3 });
      }
      const lines = await collector.stop();
      assertEquals(lines.length, 2);
      for (const line of lines) assertEquals(JSON.parse(line).resourceSpans, EXPECTED);
    },
  });

  Deno.test({
    name: `exportAll() sends what JSON has no number for to a Collector by ${protocol}`,
    ignore,
    async fn() {
      using folder = temporaryFolder();
      await using collector = await startCollector(folder.path);
      const settings = settingsFor({
        OTEL_EXPORTER_OTLP_ENDPOINT: `http://${
          protocol === "grpc" ? collector.grpc : collector.http
        }`,
        OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
      });
      const odd = spanRecord(1, { attributes: { nan: NaN, huge: 1e300, minus: -Infinity } });
      assertEquals(await exportAll([odd], settings, 60_000), { sent: 1 });
      const [line = ""] = await collector.stop();
      const { attributes } = JSON.parse(line).resourceSpans[0].scopeSpans[0].spans[0];
      const values = attributes.map(({ value }: { value: Record<string, unknown> }) => {
        const [inner] = Object.values(value);
        return String(inner);
      });
      assertEquals(values, ["NaN", "1e+300", "-Infinity"]);
    },
  });

  Deno.test({
    name: `exportAll() authenticates with a client certificate to a Collector by ${protocol}`,
    ignore: ignore || !hasOpenssl(),
    async fn() {
      using folder = temporaryFolder();
      const { cert, key } = await certificate(folder.path);
      await using collector = await startCollector(folder.path, { cert, key, clientCa: cert });
      const address = protocol === "grpc" ? collector.grpc : collector.http;
      const stranger = {
        // By gRPC and without a scheme it is TLS that is the default.
        OTEL_EXPORTER_OTLP_ENDPOINT: `${protocol === "grpc" ? "grpc" : "https"}://localhost:${
          address.split(":")[1]
        }`,
        OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
        OTEL_EXPORTER_OTLP_CERTIFICATE: cert,
        OTEL_EXPORTER_OTLP_TIMEOUT: "500",
      };
      const known = {
        ...stranger,
        OTEL_EXPORTER_OTLP_TIMEOUT: "60000",
        OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE: cert,
        OTEL_EXPORTER_OTLP_CLIENT_KEY: key,
      };
      // In a process of its own, since gRPC resolves names with more than these tests may do.
      const code = (n: number, timeout: number) =>
        `console.log(JSON.stringify(await exportAll([record(${n})], settings, ${timeout})));`;
      const flags = ["--allow-net", "--allow-read"];
      const refused = await startProgram(folder.path, code(1, 500), stranger, flags).ended;
      assertStringIncludes(refused.stdout, `{"sent":0,"error":"Cannot export spans to https://`);
      const sent = await startProgram(folder.path, code(2, 60_000), known, flags).ended;
      assertEquals(sent.stdout, `{"sent":1}\n`);
      assertEquals((await collector.stop()).length, 1);
    },
  });
}
