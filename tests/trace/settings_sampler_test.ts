import { assert, assertEquals } from "@std/assert";
import { isSampled, type SamplerName } from "../../src/trace/settings.ts";

const SPAN_ID = "b7ad6b7169203331";
const HIGH = "ffffffffffffffff".padStart(32, "0");

function decisions(name: SamplerName, ratio: number): boolean[] {
  const parent = (traceFlags: number) => ({ traceId: HIGH, spanId: SPAN_ID, traceFlags });
  return [undefined, parent(1), parent(0), parent(3), parent(2)].map((parent) =>
    isSampled({ name, ratio }, HIGH, parent)
  );
}

Deno.test("isSampled() follows the parent only in parent-based samplers", () => {
  const [yes, no] = [true, false];
  assertEquals(decisions("always_on", 1), [yes, yes, yes, yes, yes]);
  assertEquals(decisions("always_off", 1), [no, no, no, no, no]);
  assertEquals(decisions("traceidratio", 0.5), [no, no, no, no, no]);
  assertEquals(decisions("parentbased_always_on", 1), [yes, yes, no, yes, no]);
  assertEquals(decisions("parentbased_always_off", 1), [no, yes, no, yes, no]);
  assertEquals(decisions("parentbased_traceidratio", 0.5), [no, yes, no, yes, no]);
});

Deno.test("isSampled() compares the low 64 bits of the trace id with the ratio", () => {
  const at = (low: string, ratio: number) =>
    isSampled({ name: "traceidratio", ratio }, low.padStart(32, "a"), undefined);
  assert(at("0000000000000000", 1e-18));
  assert(!at("0000000000000000", 0));
  assert(at("ffffffffffffffff", 1));
  assert(at("7fffffff00000000", 0.5));
  assert(!at("8000000000000000", 0.5));
  assert(at("3fffffff00000000", 0.25));
  assert(!at("4000000000000000", 0.25));
});
