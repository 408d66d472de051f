import { assert, assertEquals } from "@std/assert";
import { apiCommand, coreCommand, hostAndPort } from "../../src/llama/command.ts";
import { DEFAULTS, parseFlags } from "../../src/llama/options.ts";

const FILES = { addon: "/cache/bins/linux-x64", model: "/models/a.gguf" };

Deno.test("coreCommand() permits the addon, the model and the launcher's variables alone", () => {
  const { args } = coreCommand(DEFAULTS, FILES);
  assertEquals(args.filter((arg) => arg.startsWith("--allow")), [
    "--allow-read=/cache/bins/linux-x64,/models/a.gguf",
    "--allow-ffi=/cache/bins/linux-x64",
    "--allow-env=TRACEPARENT,TRACESTATE,BAGGAGE,COLDTRACE_CHANNEL",
  ]);
  assert(args.includes("--no-prompt"));
});

Deno.test("apiCommand() permits its own address and model when nothing is downloaded", () => {
  const { args } = apiCommand({ ...DEFAULTS, ...FILES, host: "::1", port: 81 });
  assertEquals(args.filter((arg) => arg.startsWith("--allow")), [
    "--allow-run",
    "--allow-env",
    "--allow-read=/models/a.gguf",
    "--allow-net=[::1]:81",
  ]);
  const at = args.findIndex((arg) => arg.endsWith("/src/llama/api_main.ts"));
  const flags = parseFlags(args.slice(at + 1));
  assertEquals([flags.model, flags.addon, flags.host], [FILES.model, FILES.addon, "::1"]);
});

Deno.test("apiCommand() permits the model folder and the network when there is a download", () => {
  const { args } = apiCommand({
    ...DEFAULTS,
    ...FILES,
    model: "hf:a/b/c.gguf",
    modelDir: "/models",
  });
  assert(args.includes("--allow-read=/models") && args.includes("--allow-write=/models"));
  assert(args.includes("--allow-net"));
});

Deno.test("hostAndPort() brackets an IPv6 address", () => {
  assertEquals(hostAndPort("::1", 80), "[::1]:80");
  assertEquals(hostAndPort("localhost", 80), "localhost:80");
});

Deno.test("coreCommand() permits all files when Deno could not name one with a comma", () => {
  const { args } = coreCommand(DEFAULTS, { ...FILES, model: "/models/a,b.gguf" });
  assertEquals(args.filter((arg) => /^--allow-(read|ffi)/.test(arg)), [
    "--allow-read",
    "--allow-ffi=/cache/bins/linux-x64",
  ]);
});
