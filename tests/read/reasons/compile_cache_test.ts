import { assert, assertEquals, assertMatch } from "@std/assert";
import { lengthOf } from "../../../src/read/on_path.ts";
import { compileCache } from "../../../src/read/reasons/compile_cache.ts";
import { compilation } from "../../../src/read/reasons/compilation.ts";
import { proofOf } from "../../../src/read/reasons/proof.ts";
import type { Sketch } from "../_spans.ts";
import { recorded, sketched } from "./_starts.ts";

Deno.test("compileCache() finds g++ and the check of instructions in a recorded start", async () => {
  const found = compileCache(await recorded("cold"));
  assertEquals(found?.title, "Inductor and g++ compile what a cache would have kept");
  assert(typeof found?.time === "object" && lengthOf(found.time) > 50_000_000_000n);
  assertMatch(
    found.evidence.join("\n"),
    /^\d+ runs of a compiler, 36\.\d\d s\n27\.\d\d s of it checks which instructions there are\n/,
  );
});

Deno.test("compileCache() finds nothing in a recorded start that is eager", async () => {
  assertEquals(compileCache(await recorded("tp2")), undefined);
});

Deno.test("compileCache() tells of Inductor only where the log told of a miss (sketched GPU)", () => {
  const spans = [
    { id: "1", name: "Inductor compilation", phase: "compile", start: 0, end: 40 },
    { id: "2", name: "ptxas", phase: "child", start: 10, end: 20, parent: "1" },
  ];
  const brief = (cache: string) => {
    const attributes = { "coldtrace.engine.compile_cache": cache };
    const { title, time = [] } = compileCache(sketched({ ready: 50, attributes, spans })) ?? {};
    return [title, typeof time === "bigint" ? time : lengthOf(time)];
  };
  assertEquals(brief("miss"), [
    "Inductor and ptxas compile what a cache would have kept",
    40_000_000n,
  ]);
  assertEquals(brief("hit"), ["ptxas compiles what a cache would have kept", 10_000_000n]);
});

Deno.test("compileCache() leaves out a check of instructions that finds kept what it tries", () => {
  const check = { id: "1", name: "cpp isa check", phase: "compile", start: 0, end: 40 };
  const tries = { id: "2", name: "python", phase: "child", start: 10, end: 40, parent: "1" };
  const builds = { id: "3", name: "cpp build", phase: "compile", start: 0, end: 10, parent: "1" };
  const timeOf = (...spans: Sketch[]) => {
    const { time = [] } = compileCache(sketched({ ready: 50, spans })) ?? {};
    return typeof time === "bigint" ? time : lengthOf(time);
  };
  assertEquals(timeOf(check, tries), 0n);
  assertEquals(timeOf(check, tries, builds), 40_000_000n);
});

Deno.test("compileCache() tells nothing of compilers that compile no model", () => {
  const gcc = { id: "2", name: "gcc", phase: "child", start: 10, end: 40, parent: "1" };
  const under = (name: string, phase: string, engine = "vLLM") =>
    compileCache(sketched({
      ready: 50,
      engine,
      spans: [{ id: "0", phase: "compile", start: 0, end: 50 }, {
        id: "1",
        name,
        phase,
        start: 0,
        end: 50,
        parent: "0",
      }, gcc].slice(engine === "vLLM" ? 0 : 1),
    }))?.id;
  assertEquals(under("build feature", "", "payment-api"), undefined);
  // ctypes.util.find_library, as a module is imported.
  assertEquals(under("import soundfile", "import"), undefined);
  assertEquals(under("cpp build", "compile"), "compile-cache");
});

Deno.test("compileCache() says of a recorded start that what was kept could not be loaded", async () => {
  const start = await recorded("kept");
  const found = compileCache(start);
  assert(found !== undefined);
  assertEquals(found.title, "Inductor and g++ compile again what was kept");
  assertMatch(
    found.evidence[0] ?? "",
    /^it wrote: Compiling model again due to a load failure from \/cache\/\S+, reason: 'function' object has no attribute 'finalize_loading'$/,
  );
  assert(!/volume|miss/.test([found.remedy, ...found.evidence].join()), found.remedy);
  assertMatch(
    proofOf(["vllm", "serve"], found),
    /--interleave compile-cache-no-aot='env VLLM_USE_AOT_COMPILE=0 vllm serve' -- vllm serve$/,
  );
  const eager = compilation(start);
  assert(eager !== undefined);
  assertEquals(eager.evidence[1], "compile cache: kept, but not to be loaded");
  assert(!eager.remedy.includes("keep its caches"));
});

Deno.test("compileCache() says so, too, where the log's line was left out (sketched)", () => {
  const spans = [{ id: "1", name: "Inductor compilation", phase: "compile", start: 0, end: 40 }];
  const attributes = { "coldtrace.engine.compile_cache": "load failed" };
  const start = sketched({ ready: 50, attributes, spans });
  const found = compileCache(start);
  assertEquals([found?.title, found?.evidence], [
    "Inductor compiles again what was kept",
    ["the engine's log tells that what its compile cache had could not be loaded"],
  ]);
  assertEquals(compilation(start)?.evidence.at(-1), "compile cache: kept, but not to be loaded");
});
