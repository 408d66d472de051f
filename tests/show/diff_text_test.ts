import { assert, assertEquals, assertMatch } from "@std/assert";
import { compare } from "../../src/read/comparison/compare.ts";
import { diffText } from "../../src/show/diff_text.ts";
import { widthOf } from "../../src/show/width.ts";
import { compared, type Sketch } from "./_compared.ts";

const BASE: Sketch = {
  name: "base",
  phases: { "Worker/import": 9, "Worker/compile": 5, "API/http": 0.3, boot: 1 },
  identity: { "engine version": "0.31", command: '["vllm","serve","m"]' },
};
const EAGER: Sketch = {
  name: "eager",
  phases: { "Worker/import": 9, "API/http": 0.31, boot: 3 },
  identity: { "engine version": "0.32", command: '["vllm","serve","m","--enforce-eager"]' },
};

Deno.test("diffText() begins with the total, then says what differs, and lists what is not the same", () => {
  assertEquals(
    diffText(compared(BASE, EAGER, 6)),
    `total 15.31 s -> 12.35 s: improved by 2.97 s (19 %), p = 0.002, n = 6 + 6

differs: --enforce-eager only in eager, engine version 0.31 -> 0.32

  seconds                base      eager  shift  95 % interval      p  verdict
  total             15.31 ±0%  12.35 ±0%  -2.97   -3.09..-2.84  0.002  improved
  compile (Worker)   5.00 ±0%          -  -5.00   -5.00..-5.00         vanished
  boot               1.00 ±0%   3.00 ±0%  +2.00   +2.00..+2.00  0.002  regressed

2 more rows are the same (--all)
floors 5.0 % and 250.0 ms; p corrected for 1 tested rows, the total tested alone
±: half the interquartile range; ~N: N runs on each side would probably tell
`,
  );
});

Deno.test("diffText() shows all rows when they are asked for", () => {
  const text = diffText(compared(BASE, EAGER, 6), true);
  assertMatch(text, /^ {2}http \(API\) .+ same$/m);
  assert(!text.includes("--all"));
});

Deno.test("diffText() is a plain table when there is one start on each side", () => {
  assertEquals(
    diffText(compared({ ...BASE, identity: {} }, { ...EAGER, identity: {} }, 1)),
    `total 15.30 s -> 12.41 s: shorter by 2.89 s (19 %), n = 1 + 1

One start each: nothing tells a difference from noise. Take 6 of each in turn
(coldtrace run -n 6 --interleave).

  seconds            base  eager  change
  total             15.30  12.41   -2.89   -19 %
  compile (Worker)   5.00      -   -5.00
  boot               1.00   3.00   +2.00  +200 %

2 more rows shifted by less than 5.0 % and 250.0 ms (--all)
`,
  );
});

Deno.test("diffText() gives the reason when it gives no verdict", () => {
  const few = diffText(compared(BASE, EAGER, 3));
  assertMatch(few, /^total .+ shorter by .+, no verdict, n = 3 \+ 3$/m);
  assertMatch(
    few,
    /No verdict: of 3 \+ 3 runs even the largest difference has p = 0\.100\. At least\s4\s\+ 4/,
  );
  assert(!/regressed|improved/.test(few));
});

Deno.test("diffText() says what is unknown, mixed, and left out", () => {
  const both = compared(
    { ...BASE, identity: { CPUs: "2", model: "m" } },
    { ...EAGER, identity: { CPUs: "4" } },
    6,
  );
  const text = diffText({ ...both, b: { ...both.b, failed: 2 } });
  assertMatch(text, /^mixed: CPUs$/m);
  assertMatch(text, /^not known of eager, and so not compared: model$/m);
  assertMatch(text, /^left out of eager: 2 that did not become ready, or not yet$/m);
});

Deno.test("diffText() says of which side something is unknown, and of both", () => {
  const silent = { "compile cache": "unknown" };
  const both = compared({ ...BASE, identity: silent }, { ...EAGER, identity: silent }, 6);
  assertMatch(diffText(both), /^not known of either side, and so not compared: compile cache$/m);
  const one = compared({ ...BASE, identity: silent }, {
    ...EAGER,
    identity: { "compile cache": "hit", GPU: "H100" },
  }, 6);
  assertMatch(diffText(one), /^not known of base, and so not compared: compile cache, GPU$/m);
});

Deno.test("diffText() has the full name of each row, and of what differs, in 100 columns", () => {
  const process = "vllm.model_executor.models.registry";
  const phases = (more: number) => ({
    [`${process}/import`]: 8.5 + more,
    [`unattributed in process ${process}`]: 130 + 200 * more,
    "unattributed in process APIServer": 1 + more,
    total: 1,
  });
  const long = "m".repeat(120);
  const script = `exec env VLLM_CACHE_ROOT="$(mktemp -d)" vllm serve ${long}`;
  const identity = { "engine version": "0.31", command: JSON.stringify(["sh", "-c", script]) };
  const other = { ...identity, command: JSON.stringify(["vllm", "serve", "m", "--enforce-eager"]) };
  for (const count of [1, 6]) {
    const text = diffText(
      compared(
        { name: "compilation-now", phases: phases(0), identity },
        { name: "compilation-eager", phases: phases(1), identity: other },
        count,
      ),
      true,
    );
    for (const line of text.split("\n")) assert(widthOf(line) <= 100, line);
    assertMatch(text, /^A: compilation-now\nB: compilation-eager$/m);
    assertMatch(text, /^ {2}import \(vllm\.model_executor\.models\.registry\)( |$)/m);
    assertMatch(text, /^ {2}unattributed in process vllm\.model_executor\.models\.registry$/m);
    assertMatch(text, /^ {2}unattributed in process APIServer( |$)/m);
    const title = text.slice(text.indexOf("differs: "), text.indexOf("\n\n  ")).replace(/\s/g, "");
    assert(
      title.startsWith(
        `differs:--enforce-eageronlyinB,$VLLM_CACHE_ROOT$(mktemp-d)onlyinA,argument2${long}->m`,
      ),
    );
  }
});

Deno.test("diffText() is at most 100 columns wide and obeys no control characters", () => {
  const name = `\x1b[31m${"long name ".repeat(12)}`;
  const phases = (seconds: number) => ({
    [`vllm.model_executor.models.registry.${"x".repeat(90)}/import`]: seconds,
    ["unattributed in " + name]: seconds * 100,
  });
  const sketch = (seconds: number, identity = {}): Sketch => ({
    name: name + seconds,
    phases: phases(seconds),
    identity,
  });
  for (const count of [1, 3, 6]) {
    for (const seconds of [1, 1.001, 9]) {
      const text = diffText(compared(sketch(1), sketch(seconds, { dtype: name }), count), true);
      for (const line of text.split("\n")) assert(widthOf(line) <= 100, line);
      assert(!text.includes("\x1b"));
    }
  }
});

Deno.test("diffText() says how many runs tell a first token, and no shift where a side has none", () => {
  const both = compared({ name: "A", phases: { load: 3 } }, { name: "B", phases: { load: 3 } }, 7);
  const [a, b] = [both.a, both.b].map(({ runs }) => runs);
  const told = (runs: typeof a, count: number) =>
    (runs ?? []).map((run, i) => i < count ? { ...run, firstToken: run.total + 4e9 * i } : run);
  const text = (count: number) =>
    diffText({ ...both, comparison: compare(told(a, 7), told(b, count)) });
  assertMatch(text(6), /^ {2}first token, in 7\/7 and 6\/7\n +15\.0\d ±\d+% +13\.0\d ±\d+% +[+-]/m);
  assertMatch(text(0), /^ {2}first token\s+15\.0\d ±\d+% +- +vanished$/m);
});
