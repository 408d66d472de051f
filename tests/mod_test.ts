/** The public surface: what `mod.ts` and the other entry points export, and nothing else. */
import { assertEquals } from "@std/assert";
import * as mod from "../mod.ts";
import * as testing from "../src/testing.ts";
import config from "../deno.json" with { type: "json" };

Deno.test("mod.ts exports exactly the documented functions and classes", () => {
  assertEquals(Object.keys(mod).sort(), [
    "EngineStartError",
    "connectLauncher",
    "extractEnv",
    "flush",
    "getTracer",
    "injectEnv",
    "launchEngine",
  ]);
});

Deno.test("testing.ts exports exactly the span recorder", () => {
  assertEquals(Object.keys(testing), ["createSpanRecorder"]);
});

Deno.test("deno.json exports exactly the documented entry points", () => {
  assertEquals(config.exports, {
    ".": "./mod.ts",
    "./testing": "./src/testing.ts",
    "./cli": "./src/cli/main.ts",
  });
});

Deno.test("mod.ts loads no package when it is imported", async () => {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", "--no-lock", new URL("../mod.ts", import.meta.url).href],
    stderr: "null",
  }).output();
  const { modules } = JSON.parse(new TextDecoder().decode(stdout));
  const specifiers: string[] = modules.map(({ specifier }: { specifier: string }) => specifier);
  assertEquals(specifiers.filter((specifier) => /^(npm|jsr|https?):/.test(specifier)), []);
  assertEquals(specifiers.some((specifier) => specifier.endsWith("/src/trace/tracer.ts")), true);
});
