import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import type { Reason } from "../../src/read/reasons/reason.ts";
import { reasonsOf } from "../../src/read/reasons/reasons.ts";
import { whyText } from "../../src/show/why_text.ts";
import { widthOf } from "../../src/show/width.ts";
import { recorded, sketched } from "../read/reasons/_starts.ts";
import { stored } from "./_starts.ts";

const LIMIT = { "coldtrace.cgroup.throttled_ms": 1234, "coldtrace.cgroup.cpu_limit": 2 };

Deno.test("whyText() shows a reason with its time, evidence, remedy and command", () => {
  const start = sketched({
    ready: 4000,
    attributes: {
      ...LIMIT,
      "coldtrace.run": "20261128-120000-000-abcd",
      "process.command_args": ["vllm", "serve", "M", "--api-key", "[redacted]"],
    },
  });
  assertEquals(
    whyText(start, reasonsOf(start), "this"),
    `vLLM ready in 4.00 s: 1 reason

 up to 1.23 s   30.9%  Its CPU limit throttled the start
  evidence:   its control group withheld 1.23 s of processor time, added up over
              processors; its limit is 2 cores
  remedy:     raise the limit (resources.limits.cpu, docker run --cpus), at
              least until it is ready, or have no more threads than it allows
              (OMP_NUM_THREADS=2). The command below takes systemd; in a
              container, start it under both limits and compare with coldtrace
              diff
  prove it:   coldtrace run -n 6 --label cpu-limit-now --interleave cpu-limit-unlimited='systemd-run --scope --quiet vllm serve M --api-key '\\''[redacted]'\\''' -- vllm serve M --api-key '[redacted]'
              fill in what is [redacted]

run 20261128-120000-000-abcd
`,
  );
});

Deno.test("whyText() says what it looked for where nothing has evidence", () => {
  assertEquals(
    whyText(sketched({ ready: 4000 }), [], "all that there is"),
    "vLLM ready in 4.00 s: no reason has evidence\n\nLooked for all that there is.\n",
  );
});

Deno.test("whyText() says first why a recorded start died", async () => {
  const start = await recorded("out-of-memory");
  assertMatch(
    whyText(start, reasonsOf(start), ""),
    /^vLLM died after 1 min 16\.9 s in import networkx: killed by SIGKILL: 4 reasons\n\n +1 min 16\.9 s +100\.0% +Killed for memory\n/,
  );
});

Deno.test("whyText() wraps all but commands at 80 columns, and obeys no control character", async () => {
  const starts = [await recorded("cold"), await recorded("hub-down"), stored("died")[0]];
  for (const start of starts) {
    const text = whyText(start, reasonsOf(start), "");
    for (const line of text.split("\n")) {
      assert(/^ {2}(?:prove it|see it again):/.test(line) || widthOf(line) <= 80, line);
      assertEquals(line.trimEnd(), line);
    }
  }
  const reason: Reason = {
    id: "x",
    ns: 1n,
    isUpTo: false,
    share: 1,
    title: "\x1b[31mred",
    evidence: ["\x07"],
    remedy: "\r",
    command: "run 'a\x1b[31m\n\tb'",
    proves: false,
    overlaps: [],
  };
  const text = whyText(sketched({ ready: 1 }), [reason], "");
  // deno-lint-ignore no-control-regex -- controls are what is looked for
  assert(!/[\u0000-\u0008\u000b-\u001f]/.test(text));
  assertStringIncludes(text, "  see it again: run 'a\u{fffd}[31m\n\tb'\n");
});
