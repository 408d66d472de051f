import { assert, assertEquals, assertMatch } from "@std/assert";
import { LogPhases } from "../../../src/sources/log_phases.ts";
import type { LogProfile } from "../../../src/sources/profiles/profile.ts";
import type { Testimony } from "../../../src/sources/witness.ts";

/** Asserts what has to hold for the patterns of every profile. */
export function assertLogProfile(profile: LogProfile): void {
  const { patterns } = profile;
  assertEquals(new Set(patterns.map(({ id }) => id)).size, patterns.length);
  for (const { id, pattern, example, seen, marks, span, closes = [], facts = [] } of patterns) {
    assert(pattern.source.startsWith("^") && pattern.flags === "", id);
    const matching = patterns.filter((other) => other.pattern.test(example));
    assertEquals(matching.map((other) => other.id), [id], example);
    const told: string[] = [];
    const log = new LogPhases(profile, undefined, ({ text }) => told.push(text));
    log.take("stderr", new TextEncoder().encode(`${example}\n`), 1n);
    // Neither what is a secret nor what is cut off is needed to know it again.
    assert(told.length === 1 && told.every((text) => pattern.test(text)), id);
    assertMatch(seen, /^b?[\d.]+(?:-b?[\d.]+)?$/);
    const isNamed = marks === "fact" ? span === undefined : span !== undefined;
    assert(isNamed, `${id}: a fact has no span, everything else has one`);
    if (marks === "span") assert(pattern.source.includes("(?<seconds>"), id);
    // What begins has to end somewhere, and what ends to begin, or to state its duration.
    const others = patterns.filter((other) =>
      other.span === span || other.closes?.includes(span ?? "")
    );
    if (marks === "begin") {
      assert(
        others.some((other) => other.marks === "end" || other.closes?.includes(span ?? "")),
        id,
      );
    }
    for (const name of closes) {
      assert(
        patterns.some((other) => other.span === name && other.marks === "begin"),
        `${id} ${name}`,
      );
    }
    for (const { attribute, in: found, value } of facts) {
      assert(attribute.startsWith("coldtrace.engine."), attribute);
      assert((found === undefined) !== (value === undefined), attribute);
    }
  }
}

/** What a log of these lines tells; they come a second apart, the first one at 1 s. */
export function testimonyOf(profile: LogProfile, lines: string, isReady = true): Testimony {
  const log = new LogPhases(profile);
  for (const [index, line] of lines.trim().split("\n").entries()) {
    const bytes = new TextEncoder().encode(`${line}\n`);
    log.take("stderr", bytes, BigInt(index + 1) * 1_000_000_000n);
  }
  return log.testimony(isReady);
}
