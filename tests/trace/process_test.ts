import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import config from "../../deno.json" with { type: "json" };
import { momentOf, nanoOf, unixNano } from "../../src/trace/process.ts";
import type { TimeInput } from "../../src/trace/types.ts";
import { child } from "./_child.ts";
import { runCode } from "./_run_code.ts";

const PROCESS_URL = new URL("../../src/trace/process.ts", import.meta.url).href;
const EXPORT_SETTINGS_URL = new URL("../../src/trace/export_settings.ts", import.meta.url).href;

Deno.test("settings() and exportSettings() read each variable only where it may, once, and warns on stderr", async () => {
  const code = `
    import { settings } from ${JSON.stringify(PROCESS_URL)};
    import { exportSettings } from ${JSON.stringify(EXPORT_SETTINGS_URL)};
    const { limits, on } = settings();
    const { timeout, batch } = exportSettings();
    const isOnce = settings() === settings() && exportSettings() === exportSettings();
    const { eventCount } = limits;
    console.log(JSON.stringify([eventCount, on, timeout, batch.scheduleDelay, isOnce]));
  `;
  const env = {
    OTEL_SPAN_EVENT_COUNT_LIMIT: "many",
    OTEL_EXPORTER_OTLP_TIMEOUT: "7",
    OTEL_BSP_SCHEDULE_DELAY: "soon",
    OTEL_TRACES_EXPORTER: "console",
  };
  const warning = (name: string, value: string, used: number) =>
    `coldtrace: Cannot use ${name} as it must be an integer 0-2147483647: ` +
    `current value is "${value}", ${used} is used instead\n`;
  assertEquals(await runCode(code, env, ["--allow-env"]), {
    stdout: "[128,true,7,5000,true]\n",
    stderr: warning("OTEL_SPAN_EVENT_COUNT_LIMIT", "many", 128) +
      warning("OTEL_BSP_SCHEDULE_DELAY", "soon", 5000),
  });
  const some = "--allow-env=OTEL_EXPORTER_OTLP_TIMEOUT,OTEL_SDK_DISABLED";
  assertEquals(await runCode(code, env, [some]), {
    stdout: "[128,false,7,5000,true]\n",
    stderr: "",
  });
  assertEquals(await runCode(code, env, []), {
    stdout: "[128,false,10000,5000,true]\n",
    stderr: "",
  });
});

const RESOURCE = `
  const resource = processResource();
  const { attributes } = resource;
  setProcessName("engine core");
  print([attributes, attributes["process.pid"] === Deno.pid, processResource() === resource]);
`;
type Result = [Record<string, unknown>, boolean, boolean];

Deno.test("processResource() names process, runtime and SDK, and no path", async () => {
  const [attributes, isPid, isOne] = await child<Result>(RESOURCE);
  assertEquals([isPid, isOne], [true, true]);
  const pid = attributes["process.pid"];
  assertEquals(attributes, {
    "service.name": "unknown_service:deno",
    "telemetry.sdk.name": "coldtrace",
    "telemetry.sdk.language": "javascript",
    "telemetry.sdk.version": config.version,
    "process.pid": pid,
    "process.runtime.name": "deno",
    "process.runtime.version": Deno.version.deno,
    "coldtrace.process": "engine core",
  });
  assertStrictEquals(JSON.stringify(attributes).includes("/"), false);
});

Deno.test("processResource() takes OTEL_RESOURCE_ATTRIBUTES and OTEL_SERVICE_NAME", async () => {
  const env = { OTEL_RESOURCE_ATTRIBUTES: "service.name=a,deployment=test%20bed" };
  const [first] = await child<Result>(RESOURCE, env);
  assertEquals([first["service.name"], first["deployment"]], ["a", "test bed"]);
  const [second] = await child<Result>(RESOURCE, { ...env, OTEL_SERVICE_NAME: "b" });
  assertEquals(second["service.name"], "b");
});

Deno.test("unixNano() never runs backwards and begins at the time origin", () => {
  const readings = [0, 0.000001, 0.5, 1, 1.0000005, 1e3, 1e3 + 1e-6, 1e9].map((at) => unixNano(at));
  assertEquals(readings, [...readings].sort((a, b) => (a < b ? -1 : 1)));
  assertStrictEquals(unixNano(1) - unixNano(0), 1_000_000n);
  assertStrictEquals(unixNano(1.5) - unixNano(0), 1_500_000n);
  // A double holds the time origin to a quarter of a microsecond.
  const origin = Number(unixNano(0) - BigInt(Math.trunc(performance.timeOrigin)) * 1_000_000n);
  assert(origin >= 0 && origin < 1_000_000, `${origin}`);
});

Deno.test("momentOf() takes every kind of time", () => {
  const whole = 1_764_000_000_123;
  const cases: [TimeInput, bigint][] = [
    [[1_764_000_000, 123_456_789], 1_764_000_000_123_456_789n],
    [[0, 1], 1n],
    [new Date(whole), 1_764_000_000_123_000_000n],
    [new Date(0), 0n],
    [whole + 0.25, 1_764_000_000_123_250_000n],
    [12.5, unixNano(12.5)],
    [0, unixNano(0)],
  ];
  for (const [time, expected] of cases) assertStrictEquals(nanoOf(momentOf(time)), expected);
});

Deno.test("nanoOf() stays within what OTLP has numbers for", () => {
  const last = 2n ** 64n - 1n;
  const cases: [TimeInput, bigint][] = [
    [new Date(-1000), 0n],
    [-1e15, 0n],
    [[-1, 0], 0n],
    [new Date(8.64e15), last],
    [1e300, last],
    [[1e300, 0], last],
  ];
  for (const [time, expected] of cases) assertStrictEquals(nanoOf(momentOf(time)), expected);
});

Deno.test("momentOf() takes now for no time and for nonsense", () => {
  const nonsense = [
    undefined,
    NaN,
    Infinity,
    -Infinity,
    new Date(NaN),
    [NaN, 0],
    [0, Infinity],
    [],
    "yesterday",
    {},
  ];
  for (const time of nonsense) {
    const before = unixNano();
    const moment = nanoOf(momentOf(time as TimeInput));
    assert(moment >= before && moment <= unixNano(), Deno.inspect(time));
  }
});
