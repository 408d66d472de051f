import { assert, assertEquals, assertFalse, assertMatch, assertStringIncludes } from "@std/assert";
import fc from "fast-check";
import { type AllSettings, bad, good, read } from "./_settings.ts";

const DEFAULTS: AllSettings = {
  disabled: false,
  exporter: "otlp",
  byDefault: false,
  on: false,
  protocol: "http/protobuf",
  endpoint: "http://localhost:4318/v1/traces",
  insecure: true,
  headers: {},
  timeout: 10_000,
  compression: "none",
  resourceAttributes: {},
  sampler: { name: "parentbased_always_on", ratio: 1 },
  maxQueueSize: 2048,
  batch: {
    scheduleDelay: 5000,
    exportTimeout: 30_000,
    maxQueueSize: 2048,
    maxExportBatchSize: 512,
  },
  limits: {
    attributeCount: 128,
    attributeValueLength: Infinity,
    eventCount: 128,
    linkCount: 128,
    eventAttributeCount: 128,
    linkAttributeCount: 128,
  },
  propagators: new Set(["tracecontext", "baggage"]),
};

/** All variables that are read. */
const NAMES = [
  "OTEL_SDK_DISABLED",
  "OTEL_DENO",
  "OTEL_TRACES_EXPORTER",
  "OTEL_SERVICE_NAME",
  "OTEL_RESOURCE_ATTRIBUTES",
  "OTEL_TRACES_SAMPLER",
  "OTEL_TRACES_SAMPLER_ARG",
  "OTEL_PROPAGATORS",
  "OTEL_BSP_SCHEDULE_DELAY",
  "OTEL_BSP_EXPORT_TIMEOUT",
  "OTEL_BSP_MAX_QUEUE_SIZE",
  "OTEL_BSP_MAX_EXPORT_BATCH_SIZE",
  "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT",
  "OTEL_ATTRIBUTE_COUNT_LIMIT",
  "OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT",
  "OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT",
  "OTEL_SPAN_EVENT_COUNT_LIMIT",
  "OTEL_SPAN_LINK_COUNT_LIMIT",
  "OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT",
  "OTEL_LINK_ATTRIBUTE_COUNT_LIMIT",
  ...[
    "ENDPOINT",
    "PROTOCOL",
    "HEADERS",
    "TIMEOUT",
    "COMPRESSION",
    "INSECURE",
    "CERTIFICATE",
    "CLIENT_KEY",
    "CLIENT_CERTIFICATE",
  ].flatMap((name) => [`OTEL_EXPORTER_OTLP_${name}`, `OTEL_EXPORTER_OTLP_TRACES_${name}`]),
];

Deno.test("readSettings() gives the specification's defaults when nothing is set", () => {
  assertEquals(good({}), DEFAULTS);
});

Deno.test("readSettings() takes an empty value, and white space, for an unset one", () => {
  for (const empty of ["", "  ", "\t"]) {
    assertEquals(good(Object.fromEntries(NAMES.map((name) => [name, empty]))), DEFAULTS);
  }
});

Deno.test("readSettings() reads OTEL_SDK_DISABLED as a Boolean", () => {
  for (const value of ["true", "TRUE", "True", " true "]) {
    assert(good({ OTEL_SDK_DISABLED: value }).disabled, value);
  }
  for (const value of ["false", "FALSE"]) {
    assertFalse(good({ OTEL_SDK_DISABLED: value }).disabled, value);
  }
  for (const value of ["1", "yes", "on", "truee"]) {
    assertFalse(
      bad(
        { OTEL_SDK_DISABLED: value },
        `Cannot use OTEL_SDK_DISABLED as it must be true or false: current value is "${value}", ` +
          "false is used instead",
      ).disabled,
    );
  }
});

Deno.test("readSettings() is on when an endpoint is named and nothing says no", () => {
  const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: "http://collector:4318" };
  assert(good(endpoint).on);
  assert(good({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "http://collector:4318" }).on);
  assert(good({ OTEL_TRACES_EXPORTER: "otlp" }).on);
  assert(good({ OTEL_TRACES_EXPORTER: "console" }).on);
  assert(good({ OTEL_DENO: "true" }).on);
  assertFalse(good({ OTEL_DENO: "false" }).on);
  assertFalse(good({ OTEL_DENO: "1" }).on); // Deno itself warns of it, and stays off
  assertFalse(good({ OTEL_EXPORTER_OTLP_PROTOCOL: "grpc" }).on);
  for (const on of [endpoint, { OTEL_DENO: "true" }, { OTEL_TRACES_EXPORTER: "console" }]) {
    assertFalse(good({ ...on, OTEL_SDK_DISABLED: "true" }).on);
    assertFalse(good({ ...on, OTEL_TRACES_EXPORTER: "none" }).on);
  }
});

Deno.test("readSettings() takes the first known member of OTEL_TRACES_EXPORTER", () => {
  for (const value of ["otlp", "console", "none"] as const) {
    assertEquals(good({ OTEL_TRACES_EXPORTER: value }).exporter, value);
    assertEquals(good({ OTEL_TRACES_EXPORTER: ` ${value.toUpperCase()},` }).exporter, value);
  }
  const warning = (value: string, instead: string) =>
    "Cannot use OTEL_TRACES_EXPORTER as it must be otlp, console or none: " +
    `current value is "${value}", ${instead}`;
  for (const [value, used] of [["zipkin,console", "console"], ["none,otlp", "none"]]) {
    const { exporter } = bad(
      { OTEL_TRACES_EXPORTER: value ?? "" },
      warning(value ?? "", `${used} is used instead`),
    );
    assertEquals(exporter, used);
  }
  const unknown = { OTEL_TRACES_EXPORTER: "zipkin" };
  assertFalse(bad(unknown, warning("zipkin", "it is ignored")).on);
  const named = { ...unknown, OTEL_EXPORTER_OTLP_ENDPOINT: "http://collector" };
  assert(bad(named, warning("zipkin", "it is ignored")).on);
});

Deno.test("readSettings() reads integers, and tells those that are none or out of range", () => {
  assertEquals(good({ OTEL_BSP_SCHEDULE_DELAY: " 0 " }).batch.scheduleDelay, 0);
  assertEquals(good({ OTEL_BSP_SCHEDULE_DELAY: "2147483647" }).batch.scheduleDelay, 2 ** 31 - 1);
  for (
    const value of ["-1", "2147483648", "0x10", "1e3", "1.5", "5s", "1_000", "Infinity", "NaN"]
  ) {
    const { batch } = bad(
      { OTEL_BSP_SCHEDULE_DELAY: value },
      "Cannot use OTEL_BSP_SCHEDULE_DELAY as it must be an integer 0-2147483647: " +
        `current value is "${value}", 5000 is used instead`,
    );
    assertEquals(batch.scheduleDelay, 5000);
  }
});

Deno.test("readExportSettings() takes a timeout of 0 for no limit", () => {
  const settings = good({ OTEL_EXPORTER_OTLP_TIMEOUT: "0", OTEL_BSP_EXPORT_TIMEOUT: "0" });
  assertEquals([settings.timeout, settings.batch.exportTimeout], [Infinity, Infinity]);
  assertEquals(
    bad(
      { OTEL_EXPORTER_OTLP_TIMEOUT: "-5" },
      "Cannot use OTEL_EXPORTER_OTLP_TIMEOUT as it must be an integer 0-2147483647: " +
        'current value is "-5", 10000 is used instead',
    ).timeout,
    10_000,
  );
});

Deno.test("readExportSettings() prefers the variable for traces, unless its value is bad", () => {
  const timeouts = (traces: string, general: string) => ({
    OTEL_EXPORTER_OTLP_TRACES_TIMEOUT: traces,
    OTEL_EXPORTER_OTLP_TIMEOUT: general,
  });
  assertEquals(good(timeouts("1", "2")).timeout, 1);
  assertEquals(good(timeouts("", "2")).timeout, 2);
  assertEquals(
    bad(
      timeouts("soon", "2"),
      "Cannot use OTEL_EXPORTER_OTLP_TRACES_TIMEOUT as it must be an integer 0-2147483647: " +
        'current value is "soon", 2 is used instead',
    ).timeout,
    2,
  );
  const compressions = (traces: string, general: string) => ({
    OTEL_EXPORTER_OTLP_TRACES_COMPRESSION: traces,
    OTEL_EXPORTER_OTLP_COMPRESSION: general,
  });
  assertEquals(good(compressions("none", "gzip")).compression, "none");
  assertEquals(good(compressions("GZIP", "none")).compression, "gzip");
  assertEquals(
    bad(
      compressions("zstd", "gzip"),
      "Cannot use OTEL_EXPORTER_OTLP_TRACES_COMPRESSION as it must be gzip or none: " +
        'current value is "zstd", gzip is used instead',
    ).compression,
    "gzip",
  );
  const files = {
    OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE: "/a.pem",
    OTEL_EXPORTER_OTLP_CERTIFICATE: "/b.pem",
    OTEL_EXPORTER_OTLP_CLIENT_KEY: "/c.pem",
    OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE: "/d.pem",
    OTEL_EXPORTER_OTLP_TRACES_CLIENT_CERTIFICATE: "/e.pem",
  };
  const { certificate, clientKey, clientCertificate } = good(files);
  assertEquals([certificate, clientKey, clientCertificate], ["/a.pem", "/c.pem", "/e.pem"]);
});

Deno.test("readSettings() reads the sampler and its ratio", () => {
  for (
    const name of ["always_on", "always_off", "parentbased_always_on", "parentbased_always_off"]
  ) {
    // The argument says nothing to these, whatever it is.
    const env = { OTEL_TRACES_SAMPLER: name.toUpperCase(), OTEL_TRACES_SAMPLER_ARG: "nonsense" };
    assertEquals<unknown>(good(env).sampler, { name, ratio: 1 });
  }
  for (const name of ["traceidratio", "parentbased_traceidratio"]) {
    const sampler = (ratio: string) =>
      good({ OTEL_TRACES_SAMPLER: name, OTEL_TRACES_SAMPLER_ARG: ratio }).sampler;
    for (
      const [text, ratio] of [["0.25", 0.25], ["0", 0], ["1", 1], [".5", 0.5], ["1e-3", 0.001]]
    ) {
      assertEquals<unknown>(sampler(`${text}`), { name, ratio });
    }
    assertEquals<unknown>(sampler(""), { name, ratio: 1 });
    for (const value of ["1.1", "-0.1", "half", "0x1", "Infinity", "."]) {
      assertEquals(
        bad(
          { OTEL_TRACES_SAMPLER: name, OTEL_TRACES_SAMPLER_ARG: value },
          "Cannot use OTEL_TRACES_SAMPLER_ARG as it must be a number 0-1: " +
            `current value is "${value}", 1 is used instead`,
        ).sampler.ratio,
        1,
      );
    }
  }
  // Without a sampler the argument is not looked at.
  assertEquals(good({ OTEL_TRACES_SAMPLER_ARG: "0.1" }).sampler, DEFAULTS.sampler);
  const { warnings, settings } = read({
    OTEL_TRACES_SAMPLER: "jaeger_remote",
    OTEL_TRACES_SAMPLER_ARG: "endpoint=http://localhost:14250",
  });
  assertEquals(settings.sampler, DEFAULTS.sampler);
  assertEquals(warnings.length, 1);
  assertStringIncludes(warnings[0] ?? "", '"jaeger_remote", parentbased_always_on is used instead');
});

Deno.test("readExportSettings() keeps a batch within the queue", () => {
  const batch = (queue: string, size: string) => ({
    OTEL_BSP_MAX_QUEUE_SIZE: queue,
    OTEL_BSP_MAX_EXPORT_BATCH_SIZE: size,
  });
  const sizes = ({ batch }: AllSettings) => [batch.maxQueueSize, batch.maxExportBatchSize];
  assertEquals(sizes(good(batch("100", "100"))), [100, 100]);
  assertEquals(sizes(good(batch("100", ""))), [100, 100]);
  assertEquals(sizes(good(batch("", "2048"))), [2048, 2048]);
  assertEquals(
    sizes(bad(
      batch("100", "101"),
      "Cannot use OTEL_BSP_MAX_EXPORT_BATCH_SIZE as it must be at most OTEL_BSP_MAX_QUEUE_SIZE, " +
        '100: current value is "101", 100 is used instead',
    )),
    [100, 100],
  );
  for (const value of ["0", "-1"]) {
    const { settings, warnings } = read(batch(value, value));
    assertEquals(sizes(settings), [2048, 512]);
    assertEquals(warnings.length, 2);
    for (const line of warnings) assertStringIncludes(line, "an integer 1-2147483647");
  }
});

Deno.test("readSettings() reads span limits, the general ones where there is none of their own", () => {
  assertEquals(
    good({
      OTEL_ATTRIBUTE_COUNT_LIMIT: "1",
      OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT: "2",
    }).limits,
    {
      ...DEFAULTS.limits,
      attributeCount: 1,
      eventAttributeCount: 1,
      linkAttributeCount: 1,
      attributeValueLength: 2,
    },
  );
  assertEquals(
    good({
      OTEL_ATTRIBUTE_COUNT_LIMIT: "1",
      OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT: "2",
      OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT: "3",
      OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT: "0",
      OTEL_SPAN_EVENT_COUNT_LIMIT: "5",
      OTEL_SPAN_LINK_COUNT_LIMIT: "6",
      OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT: "7",
      OTEL_LINK_ATTRIBUTE_COUNT_LIMIT: "8",
    }).limits,
    {
      attributeCount: 3,
      attributeValueLength: 0,
      eventCount: 5,
      linkCount: 6,
      eventAttributeCount: 7,
      linkAttributeCount: 8,
    },
  );
  const { limits } = bad(
    { OTEL_ATTRIBUTE_COUNT_LIMIT: "1", OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT: "-1" },
    "Cannot use OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT as it must be an integer 0-2147483647: " +
      'current value is "-1", 1 is used instead',
  );
  assertEquals(limits.attributeCount, 1);
  const length = read({ OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT: "none" });
  assertEquals(length.settings.limits.attributeValueLength, Infinity);
  assertMatch(length.warnings[0] ?? "", /"none", no limit is used instead$/);
});

Deno.test("readSettings() reads OTEL_PROPAGATORS", () => {
  const propagators = (value: string) => [...good({ OTEL_PROPAGATORS: value }).propagators];
  assertEquals(propagators("baggage"), ["baggage"]);
  assertEquals(propagators("TraceContext, tracecontext,"), ["tracecontext"]);
  assertEquals(propagators("baggage,tracecontext"), ["tracecontext", "baggage"]);
  assertEquals(propagators("none"), []);
  for (
    const [value, used] of [
      ["b3,baggage,jaeger", "baggage"],
      ["b3", "tracecontext,baggage"],
      ["none,baggage", "none"],
      ["none,b3", "none"],
    ] as const
  ) {
    const settings = bad(
      { OTEL_PROPAGATORS: value },
      "Cannot use OTEL_PROPAGATORS as it must be a list of tracecontext and baggage, or none: " +
        `current value is "${value}", ${used} is used instead`,
    );
    assertEquals([...settings.propagators].join(",") || "none", used);
  }
  const disabled = good({ OTEL_SDK_DISABLED: "true", OTEL_PROPAGATORS: "baggage" });
  assertEquals([...disabled.propagators], ["baggage"]);
});

Deno.test("readSettings() cuts a long bad value and keeps a warning to one line", () => {
  const { warnings } = read({ OTEL_TRACES_SAMPLER: "x\n\u001b[31m".repeat(10_000) });
  assertEquals(warnings.length, 1);
  const [line = ""] = warnings;
  assert(line.length < 400 && /^[\x20-\x7e]+$/.test(line), line);
});

Deno.test("readSettings() never throws, and warns at most once for each bad variable", () => {
  const value = fc.oneof(
    fc.string({ unit: "binary", maxLength: 20 }),
    fc.constantFrom(
      "true",
      "grpc",
      "http://h",
      "grpc://h",
      "a=1,b",
      "0",
      "1",
      "none",
      "1e9",
      "[::1]:1",
    ),
  );
  const env = fc.dictionary(fc.constantFrom(...NAMES), value);
  fc.assert(
    fc.property(env, (env) => {
      const { settings, warnings } = read(env);
      assertEquals(warnings.length, new Set(warnings.map((line) => line.split(" ")[2])).size);
      const { batch, sampler, timeout } = settings;
      assert(batch.maxExportBatchSize >= 1 && batch.maxExportBatchSize <= batch.maxQueueSize);
      assert(sampler.ratio >= 0 && sampler.ratio <= 1);
      assert(timeout > 0);
      if (settings.protocol !== "grpc") assert(URL.canParse(settings.endpoint), settings.endpoint);
    }),
    { numRuns: 1000 },
  );
});
