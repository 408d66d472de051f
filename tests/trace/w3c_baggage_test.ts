import { assert, assertEquals, assertExists } from "@std/assert";
import { baggageEntryMetadataFromString, propagation } from "@opentelemetry/api";
import fc from "fast-check";
import type { Baggage, BaggageEntry } from "../../src/trace/types.ts";
import { formatBaggage, parseBaggage } from "../../src/trace/w3c.ts";

const TCHARS = "!#$%&'*+-.^_`|~0aZ";
/** All that may stand in a value as it is. */
const OCTETS = Array.from({ length: 0x7f - 0x21 }, (_, i) => String.fromCharCode(0x21 + i))
  .filter((octet) => !'",;\\'.includes(octet)).join("");

/** Keys, values and properties as plain data. */
function plain(baggage: Baggage | undefined): Record<string, string[]> {
  const entries = baggage?.getAllEntries() ?? [];
  return Object.fromEntries(entries.map(([key, { value, metadata }]) => [
    key,
    metadata === undefined ? [value] : [value, metadata.toString()],
  ]));
}

/** Baggage made by the OpenTelemetry API. */
function otelBaggage(entries: Record<string, BaggageEntry>): Baggage {
  return propagation.createBaggage(entries);
}

Deno.test("parseBaggage() reads members, properties and the white space around both", () => {
  assertEquals(
    plain(parseBaggage("key1=value1;property1;property2, key2 = value2, key3=value3; p=v")),
    { key1: ["value1", "property1;property2"], key2: ["value2"], key3: ["value3", "p=v"] },
  );
  assertEquals(
    plain(parseBaggage(" \t k \t = \t v \t ; \t p \t = \t q \t , \t l = ")),
    { k: ["v", "p \t = \t q"], l: [""] },
  );
  assertEquals(plain(parseBaggage(`${TCHARS}=${OCTETS}`)), { [TCHARS]: [OCTETS] });
  assertEquals(plain(parseBaggage("a=b=c==")), { a: ["b=c=="] });
});

Deno.test("parseBaggage() decodes values as UTF-8 and leaves keys and properties as they are", () => {
  assertEquals(
    plain(parseBaggage("userId=Am%C3%A9lie,serverNode=DF%2028,%41=%41;p=%41")),
    { userId: ["Amélie"], serverNode: ["DF 28"], "%41": ["A", "p=%41"] },
  );
  // Bytes that are not UTF-8, a cut sequence, a percent sign without digits.
  assertEquals(plain(parseBaggage("a=x%ffy,b=%C3,c=100%,d=%zz%C3%A9,e=%ef%bb%bfz%ff")), {
    a: ["x\ufffdy"],
    b: ["\ufffd"],
    c: ["100%"],
    d: ["%zzé"],
    e: ["\ufeffz\ufffd"],
  });
});

Deno.test("parseBaggage() drops members that break the grammar, whole, and keeps the others", () => {
  const malformed = [
    "x",
    "=1",
    " =1",
    "k ey=1",
    "k(ey=1",
    "ké=1",
    "key=a b",
    'key="a"',
    "key=a\\b",
    "key=é",
    "key=a\nb",
    "key=a;",
    "key=a;;p",
    "key=a;p q",
    "key=a;=q",
    "key=a;p=q r",
    "key=a;p=é",
  ];
  for (const member of malformed) {
    assertEquals(plain(parseBaggage(`a=1,${member},b=2`)), { a: ["1"], b: ["2"] }, member);
    assertEquals(parseBaggage(member), undefined, member);
  }
  for (const empty of ["", " ", ",,", "\t,"]) assertEquals(parseBaggage(empty), undefined);
  assertEquals(plain(parseBaggage(",a=1,, ,b=2,")), { a: ["1"], b: ["2"] });
});

Deno.test("parseBaggage() keeps the last of a repeated key", () => {
  assertEquals(plain(parseBaggage("a=1;p,b=2,a=3")), { a: ["3"], b: ["2"] });
});

Deno.test("parseBaggage() and formatBaggage() keep 64 members", () => {
  const members = Array.from({ length: 70 }, (_, i) => `k${i}=${i}`);
  const read = parseBaggage(members.join(","));
  assertEquals(read?.getAllEntries().length, 64);
  assertExists(read);
  assertEquals(formatBaggage(read), members.slice(0, 64).join(","));
  const more = otelBaggage(
    Object.fromEntries(members.map((_, i) => [`k${i}`, { value: `${i}` }])),
  );
  assertEquals(formatBaggage(more), members.slice(0, 64).join(","));
});

Deno.test("parseBaggage() and formatBaggage() keep 8192 bytes, whole members only", () => {
  const exact = `a=${"x".repeat(4000)},b=${"y".repeat(8192 - 4005)}`;
  assertEquals(exact.length, 8192);
  const read = parseBaggage(exact);
  assertExists(read);
  assertEquals(formatBaggage(read), exact);
  // One byte more: the member that does not fit goes, one that does stays.
  assertEquals(Object.keys(plain(parseBaggage(exact + "y"))), ["a"]);
  assertEquals(Object.keys(plain(parseBaggage(exact + "y,c=3"))), ["a", "c"]);
  const tooLong = otelBaggage({
    a: { value: "x".repeat(8190) },
    b: { value: "é".repeat(2000) }, // 12,000 bytes when encoded
    c: { value: "3" },
  });
  assertEquals(formatBaggage(tooLong.removeEntry("c")), `a=${"x".repeat(8190)}`);
  assertEquals(formatBaggage(tooLong.removeEntry("a")), "c=3");
});

Deno.test("formatBaggage() writes the API's baggage, encoded, with its properties", () => {
  const baggage = otelBaggage({
    userId: { value: "Amélie 💼,;=%\n" },
    tagged: { value: "1", metadata: baggageEntryMetadataFromString(" p ; q = 1 ;") },
    broken: { value: "a\ud800b" },
  });
  assertEquals(
    formatBaggage(baggage),
    "userId=Am%C3%A9lie%20%F0%9F%92%BC%2C%3B%3D%25%0A,tagged=1;p;q = 1,broken=a%EF%BF%BDb",
  );
});

Deno.test("formatBaggage() leaves out what the grammar has no place for", () => {
  const baggage = otelBaggage({
    "": { value: "1" },
    "a b": { value: "1" },
    "é": { value: "1" },
    evil: { value: "1", metadata: baggageEntryMetadataFromString("p,admin=true") },
    evil2: { value: "1", metadata: baggageEntryMetadataFromString("p\r\nx") },
    good: { value: "1" },
  });
  assertEquals(formatBaggage(baggage), "good=1");
  assertEquals(formatBaggage(otelBaggage({})), "");
});

Deno.test("formatBaggage() writes any names and values so that parseBaggage() reads them back", () => {
  const entries = fc.dictionary(
    fc.stringMatching(/^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,12}$/),
    fc.string({ unit: "binary", maxLength: 30 }),
    { maxKeys: 10 },
  );
  fc.assert(fc.property(entries, (values) => {
    const baggage = otelBaggage(
      Object.fromEntries(Object.entries(values).map(([key, value]) => [key, { value }])),
    );
    const expected = Object.entries(values).map(([key, value]) => [key, [value.toWellFormed()]]);
    assertEquals(plain(parseBaggage(formatBaggage(baggage))), Object.fromEntries(expected));
  }));
});

Deno.test("parseBaggage() never throws, and formatBaggage() writes nothing that it drops", () => {
  const text = fc.string({
    unit: fc.constantFrom(...'ab=,; \t%4é\\"\n\ud800'.split("")),
    maxLength: 60,
  });
  fc.assert(
    fc.property(text, (value) => {
      const baggage = parseBaggage(value);
      if (baggage === undefined) return;
      const written = formatBaggage(baggage);
      assert(/^[\t\x20-\x7e]+$/.test(written));
      assertEquals(plain(parseBaggage(written)), plain(baggage));
    }),
    { numRuns: 2000 },
  );
});

Deno.test("Baggage is immutable, as the API's is", () => {
  const baggage = parseBaggage("a=1;p,b=2,c=3");
  assertExists(baggage);
  assertEquals(baggage.getEntry("a")?.value, "1");
  assertEquals(baggage.getEntry("a")?.metadata?.toString(), "p");
  assertEquals(baggage.getEntry("x"), undefined);
  const entry = { value: "4" };
  const more = baggage.setEntry("d", entry).setEntry("b", { value: "5" });
  entry.value = "changed";
  const [, got] = more.getAllEntries()[0] ?? [];
  assertExists(got);
  got.value = "changed";
  assertEquals(plain(more), { a: ["1", "p"], b: ["5"], c: ["3"], d: ["4"] });
  assertEquals(plain(more.removeEntry("a")), { b: ["5"], c: ["3"], d: ["4"] });
  assertEquals(plain(more.removeEntries("a", "c", "x")), { b: ["5"], d: ["4"] });
  assertEquals(plain(more.clear()), {});
  assertEquals(plain(baggage), { a: ["1", "p"], b: ["2"], c: ["3"] });
});
