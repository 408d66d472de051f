import { assertEquals } from "@std/assert";
import { AttributeBag } from "../../src/trace/span.ts";
import type { Attributes, AttributeValue } from "../../src/trace/types.ts";

function kept(
  attributes: Attributes,
  maxCount = 128,
  maxLength = Infinity,
): Record<string, unknown> {
  const bag = new AttributeBag(maxCount, maxLength);
  bag.setAll(attributes);
  return { ...bag.toRecord(), dropped: bag.dropped };
}

Deno.test("AttributeBag keeps what is an attribute and nothing else", () => {
  const odd = { object: {}, mixed: [1, "a"], nested: [[1]], fn: () => {}, none: null, big: 1n };
  assertEquals(
    kept({
      ...odd as unknown as Attributes,
      "": "no key",
      undefined: undefined,
      text: "a",
      number: 1.5,
      flag: false,
      list: [1, 2],
      holes: ["a", null, undefined],
      empty: [],
    }),
    {
      text: "a",
      number: 1.5,
      flag: false,
      list: [1, 2],
      holes: ["a", null, null],
      empty: [],
      dropped: 0,
    },
  );
});

Deno.test("AttributeBag replaces values and counts what finds no room", () => {
  const bag = new AttributeBag(2, 3);
  bag.set("a", 1);
  bag.set("b", "long text");
  bag.set("c", 3);
  bag.set("a", 4);
  bag.set("d", undefined);
  assertEquals(bag.toRecord(), { a: 4, b: "lon" });
  assertEquals(bag.dropped, 1);
  assertEquals(kept({ a: 1, b: 2 }, 0), { dropped: 2 });
});

Deno.test("AttributeBag cuts strings in arrays too, and never within a character", () => {
  const face = "\u{1F600}";
  assertEquals(kept({ list: ["abcd", "ab"], face: `ab${face}`, whole: `a${face}b` }, 9, 3), {
    list: ["abc", "ab"],
    face: "ab",
    whole: `a${face}`,
    dropped: 0,
  });
});

Deno.test("AttributeBag takes arrays as they are when they are set", () => {
  const list: AttributeValue = ["a"];
  const bag = new AttributeBag(1, Infinity);
  bag.set("list", list);
  list.push("b");
  assertEquals(bag.toRecord(), { list: ["a"] });
});

Deno.test("AttributeBag keeps a key that would be a prototype", () => {
  const bag = new AttributeBag(2, Infinity);
  bag.set("__proto__", ["a"]);
  const record = bag.toRecord();
  assertEquals(Object.entries(record), [["__proto__", ["a"]]]);
  assertEquals(Object.getPrototypeOf(record), Object.prototype);
});

Deno.test("AttributeBag leaves attributes of coldtrace.* beyond count and length", () => {
  for (const [count, length] of [[0, 0], [1, 4]] as const) {
    const bag = new AttributeBag(count, length);
    bag.setAll({
      "coldtrace.phase": "first_token",
      "coldtrace.open": ["load weights"],
      user: "first_token",
      "coldtrace": "first_token",
    });
    assertEquals(bag.toRecord(), {
      "coldtrace.phase": "first_token",
      "coldtrace.open": ["load weights"],
      ...(count === 1 && { user: "firs" }),
    });
    assertEquals(bag.dropped, 2 - count);
  }
});
