import { assertEquals } from "@std/assert";
import { LogFacts } from "../../../src/sources/log/facts.ts";
import type { LogFact } from "../../../src/sources/profiles/profile.ts";

function told(facts: readonly LogFact[], ...messages: string[]): Record<string, unknown> {
  const all = new LogFacts();
  for (const message of messages) all.take(facts, message);
  return all.all;
}

/** What one fact comes to, which stands behind `x=`. */
function valueOf(more: Partial<LogFact>, ...messages: string[]): unknown {
  return told([{ attribute: "x", in: /x=(.*)/, ...more }], ...messages).x;
}

Deno.test("LogFacts takes values of the type that they have", () => {
  assertEquals(valueOf({}, "x=1"), "1");
  assertEquals(valueOf({ type: "number" }, "x=1,249,001"), 1_249_001);
  assertEquals(valueOf({ type: "number" }, "x=-0.5"), -0.5);
  for (const word of ["true", "True", "on", "enabled", "yes", "1"]) {
    assertEquals(valueOf({ type: "boolean" }, `x=${word}`), true, word);
  }
  assertEquals(valueOf({ type: "boolean" }, "x=False"), false);
  assertEquals(told([{ attribute: "cache", value: "hit" }], "any line"), { cache: "hit" });
});

Deno.test("LogFacts makes no fact of what says nothing, or is not of its type", () => {
  for (const nothing of ["", "None", "null", "N/A"]) {
    assertEquals(valueOf({}, `x=${nothing}`), undefined, nothing);
  }
  assertEquals(valueOf({}, "y=1"), undefined);
  assertEquals(valueOf({ type: "number" }, "x=auto"), undefined);
  assertEquals(valueOf({ type: "number" }, "x=Infinity"), undefined);
  // A fact of an earlier line stays.
  assertEquals(valueOf({ keep: "last" }, "x=1", "x=None"), "1");
});

Deno.test("LogFacts keeps the first, the last or the largest", () => {
  const lines = ["x=2", "x=9", "x=3"];
  assertEquals(valueOf({ type: "number" }, ...lines), 2);
  assertEquals(valueOf({ type: "number", keep: "last" }, ...lines), 3);
  assertEquals(valueOf({ type: "number", keep: "largest" }, ...lines), 9);
  // Texts have no size.
  assertEquals(valueOf({ keep: "largest" }, ...lines), "2");
});

Deno.test("LogFacts keeps what is always kept, whatever comes before it and after it", () => {
  const facts: LogFact[] = [
    { attribute: "x", in: /x=(.*)/, keep: "last" },
    { attribute: "x", in: /X=(.*)/, keep: "always" },
  ];
  assertEquals(told(facts, "x=1", "X=2", "x=3").x, "2");
});

Deno.test("LogFacts holds no secrets, and no more than 4096 characters of a text", () => {
  assertEquals(valueOf({}, "x={'api_key': 'sk-0123456789'}"), "{'api_key': '[redacted]'}");
  assertEquals(valueOf({}, `x=${"y".repeat(10_000)}`), "y".repeat(4_096));
});

Deno.test("LogFacts.all is a copy", () => {
  const facts = new LogFacts();
  facts.all.x = 1;
  assertEquals(facts.all, {});
});
