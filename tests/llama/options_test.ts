import { assertEquals, assertThrows } from "@std/assert";
import {
  coreArgs,
  DEFAULTS,
  engineArgs,
  parseEngineOptions,
  parseFlags,
} from "../../src/llama/options.ts";

Deno.test("parseEngineOptions() has defaults for all", () => {
  assertEquals(parseEngineOptions({}), { ...DEFAULTS });
  assertEquals(DEFAULTS.threads, 1);
  assertEquals(DEFAULTS.host, "127.0.0.1");
});

Deno.test("parseEngineOptions() reads what engineArgs() writes", () => {
  const options = {
    host: "::1",
    port: 0,
    threads: 2,
    ctxSize: 256,
    parallel: 3,
    mmap: false,
    warmup: false,
  };
  assertEquals(parseEngineOptions(parseFlags(engineArgs(options))), options);
  assertEquals(parseEngineOptions(parseFlags(engineArgs(DEFAULTS))), { ...DEFAULTS });
  assertEquals(parseEngineOptions(parseFlags(coreArgs(options))).ctxSize, 256);
});

Deno.test("parseEngineOptions() names an option that is out of range, and its value", () => {
  const wrong: [Record<string, string>, string][] = [
    [{ port: "70000" }, "Cannot serve as 'port' must be 0-65535: current value is 70000"],
    [{ port: "80a" }, "Cannot serve as 'port' must be 0-65535: current value is 80a"],
    [{ port: "" }, "Cannot serve as 'port' must be 0-65535: current value is "],
    [{ threads: "0" }, "Cannot serve as 'threads' must be 1-512: current value is 0"],
    [{ "ctx-size": "-1" }, "Cannot serve as 'ctx-size' must be 16-1048576: current value is -1"],
    [{ parallel: "1.5" }, "Cannot serve as 'parallel' must be 1-64: current value is 1.5"],
    [{ host: "" }, "Cannot serve as 'host' must not be empty"],
  ];
  for (const [flags, message] of wrong) {
    const error = assertThrows(() => parseEngineOptions(flags), RangeError);
    assertEquals(error.message, message);
  }
});
