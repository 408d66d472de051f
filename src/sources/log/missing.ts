import type { RecordAttributes } from "../../trace/record.ts";
import type { LogPattern, LogProfile } from "../profiles/profile.ts";

/**
 * What a start that got ready ought to have said, and did not: one line each. The engine says it in
 * other words now, or not at all; that is no reason to believe that it took no time.
 *
 * @param seen The ids of the patterns that a line matched.
 */
export function missingOf(
  { engine, patterns }: LogProfile,
  seen: ReadonlySet<string>,
  facts: RecordAttributes,
): string[] {
  if (seen.size === 0) {
    const newest = lastOf(patterns.at(-1)?.seen ?? "");
    return [`no line of the log was known; its patterns were last seen in ${engine} ${newest}`];
  }
  const found = patterns.filter(({ id }) => seen.has(id));
  const phases = new Set(found.map(({ phase }) => phase));
  const told = new Set(found.map(subjectOf));
  const lines = patterns
    .filter((one) => isExpected(one, facts) && !told.has(subjectOf(one)))
    .map((one) => {
      const isPhase = one.phase !== undefined && !phases.has(one.phase);
      const what = isPhase ? `phase '${one.phase}'` : subjectOf(one);
      return `${what} was not seen; its pattern was last seen in ${engine} ${lastOf(one.seen)}`;
    });
  return [...new Set(lines)];
}

/** What it is about: several patterns say the same in other words. */
function subjectOf({ id, span, marks }: LogPattern): string {
  const name = `'${span ?? id}'`;
  return marks === "begin"
    ? `the beginning of ${name}`
    : marks === "end"
    ? `the end of ${name}`
    : name;
}

function isExpected({ expected, unless = {} }: LogPattern, facts: RecordAttributes): boolean {
  return expected === true &&
    !Object.entries(unless).some(([attribute, values]) =>
      values.includes(facts[attribute] ?? null)
    );
}

function lastOf(versions: string): string {
  return versions.split("-").at(-1) ?? versions;
}
