import { assertEquals, assertThrows } from "@std/assert";
import { isBaseline, readBaseline, writeBaseline } from "../../../src/read/comparison/baseline.ts";
import { vectorOf } from "../../../src/read/comparison/vector.ts";
import { stored } from "../../show/_starts.ts";
import { Chance, run, series } from "./_series.ts";

Deno.test("readBaseline() reads what writeBaseline() wrote", () => {
  const identity = { model: "m", command: '["vllm","serve"]' };
  const simulated = series({ starts: 3, chance: new Chance(1), identity });
  const real = (["ready", "vllm", "died"] as const).map((name) => vectorOf(stored(name)[0]));
  const failed = run(1, { w: 1 }, { unanswered: true });
  const all = [...simulated, ...real, failed];
  const text = writeBaseline(all);
  assertEquals(isBaseline(text), true);
  assertEquals(text.split("\n").length, all.length + 1);
  const read = readBaseline(text);
  assertEquals(read, all.toSorted((a, b) => a.launch < b.launch ? -1 : 1));
  // A file that is written again is the same file.
  assertEquals(writeBaseline(read.toReversed()), text);
});

Deno.test("isBaseline() does not take OTLP for a baseline", () => {
  assertEquals(isBaseline('{"resourceSpans":[]}'), false);
  assertEquals(isBaseline(""), false);
});

Deno.test("readBaseline() says which line is wrong, and how", () => {
  const good = writeBaseline([run(1, { w: 1 })]);
  const bad: [string, string][] = [
    ["{", "line 2 is no JSON"],
    ["[]", "line 2 must be an object"],
    [good.replace('vector":1', 'vector":2'), "line 2 must have coldtrace_vector 1"],
    [good.replace('"run 1"', "1"), "line 2 must have a text 'run'"],
    [good.replace('nano":"1"', 'nano":1'), "line 2 must have digits in 'launch_unix_nano'"],
    [good.replace('y":{}', 'y":{"a":1}'), "line 2 must have texts in 'identity'"],
    [
      good.replace('y":{}', 'y":{"command":"vllm"}'),
      "line 2 must have a JSON array as 'command' in 'identity'",
    ],
    [
      good.replace('total_ns":1000000000', 'total_ns":-1'),
      "line 2 must have a whole number of at least 0 in 'total_ns'",
    ],
    [
      good.replace('token_ns":null', 'token_ns":1.5'),
      "line 2 must have one or null in 'first_token_ns'",
    ],
    [
      good.replace('"phase":"w"', '"phase":3'),
      "line 2 must have a process, a phase and whole 'ns' in each of its 'rows'",
    ],
  ];
  for (const [line, message] of bad) {
    assertThrows(() => readBaseline(`${good}${line}\n`), TypeError, message);
  }
});
