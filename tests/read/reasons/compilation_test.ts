import { assert, assertEquals, assertMatch } from "@std/assert";
import { lengthOf } from "../../../src/read/on_path.ts";
import { compilation } from "../../../src/read/reasons/compilation.ts";
import { recorded, sketched } from "./_starts.ts";

Deno.test("compilation() tells what eager mode would have saved a recorded start", async () => {
  const found = compilation(await recorded("cold"));
  assert(typeof found?.time === "object");
  assertEquals(lengthOf(found.time) / 1_000_000_000n, 56n);
  assertMatch(found.evidence[0] ?? "", /^g\+\+ 36\.\d\d s, aot dispatch 5\.\d\d s, dynamo/);
});

Deno.test("compilation() finds nothing in recorded starts that are eager", async () => {
  assertEquals(compilation(await recorded("tp2")), undefined);
});

Deno.test("compilation() knows vLLM's spans in a trace that has no phases (sketched by their names)", () => {
  const names = ["Dynamo bytecode transform", "Inductor compilation", "Capture model"];
  const spans = names.map((name, i) => ({ id: name, name, start: i * 10, end: i * 10 + 10 }));
  const found = compilation(sketched({ ready: 50, spans }));
  assert(typeof found?.time === "object");
  assertEquals(lengthOf(found.time), 30_000_000n);
});

Deno.test("compilation() leaves out what eager mode does on GPUs, too (sketched by their names)", () => {
  const found = compilation(sketched({
    ready: 100,
    attributes: { "coldtrace.engine.device": "cuda", "coldtrace.engine.enforce_eager": false },
    spans: [
      { id: "1", name: "profile run", phase: "compile", start: 0, end: 20 },
      {
        id: "2",
        name: "Dynamo bytecode transform",
        phase: "compile",
        start: 5,
        end: 10,
        parent: "1",
      },
      { id: "3", name: "Warmup (GPU)", phase: "warmup", start: 30, end: 60 },
      { id: "4", name: "Capture model", phase: "graphs", start: 40, end: 60, parent: "3" },
    ],
  }));
  assertEquals(found?.title, "Compiling and capturing graphs, which eager mode leaves out");
  assert(typeof found?.time === "object");
  assertEquals(lengthOf(found.time), 25_000_000n);
});

Deno.test("compilation() says nothing of other engines", () => {
  const spans = [{ id: "1", name: "compile", phase: "compile", start: 0, end: 20 }];
  assertEquals(compilation(sketched({ ready: 100, engine: "llama.cpp", spans })), undefined);
});
