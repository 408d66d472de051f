import { assert, assertEquals, assertMatch } from "@std/assert";
import { VLLM } from "../../../src/sources/profiles/vllm.ts";
import { VLLM_FUNCTIONS } from "../../../src/sources/profiles/vllm_functions.ts";

const IDENTIFIER = "[A-Za-z_]\\w*";
const PATH = `${IDENTIFIER}(?:\\.${IDENTIFIER})*`;

Deno.test("VLLM_FUNCTIONS name a function of a module each, no two the same", () => {
  for (const { where } of VLLM_FUNCTIONS) assertMatch(where, new RegExp(`^${PATH}:${PATH}$`));
  const places = VLLM_FUNCTIONS.map(({ where }) => where);
  const repeated = places.filter((where, at) => places.indexOf(where) !== at);
  assertEquals(repeated, []);
});

Deno.test("VLLM_FUNCTIONS have a name, a phase, a kind and a version", () => {
  for (const { where, name, phase, kind, seen } of VLLM_FUNCTIONS) {
    // They stand in a list whose parts have tabs between them.
    assertMatch(name, /^[\w -]+$/, where);
    assertMatch(phase, /^[a-z]+(_[a-z]+)*$/, where);
    assert(["work", "tool", "wait"].includes(kind), where);
    assertMatch(seen, /^\d+\.\d+(\.\d+)?$/, where);
  }
});

Deno.test("VLLM_FUNCTIONS mark those that were read and never run, the GPU's among them", () => {
  const isUnrun = (part: string) =>
    VLLM_FUNCTIONS.filter(({ where }) => where.includes(part)).map(({ unrun = false }) => unrun);
  for (const part of ["PyNccl", "cudagraph", "capture_model", "triton.compiler"]) {
    const marks = isUnrun(part);
    assert(marks.length > 0 && marks.every((mark) => mark), part);
  }
  for (const part of ["cpu_worker", "cpu_model_runner"]) {
    assertEquals(new Set(isUnrun(part)), new Set([false]), part);
  }
});

Deno.test("VLLM_FUNCTIONS have the one by which it is ready", () => {
  const ready = VLLM_FUNCTIONS.find(({ where }) => where === VLLM.python?.ready);
  assertEquals([ready?.kind, ready?.unrun], ["work", undefined]);
});
