/**
 * `coldtrace gaps`: what no span of a start explains.
 *
 * @module
 */
import { gaps } from "../read/gaps.ts";
import { defineVerb, UsageError, type Verb } from "./args.ts";
import { print, printError } from "./output.ts";
import { readRunInput, runOperand, startOf } from "./run_input.ts";
import { dirOption } from "./run_store.ts";

/** Reads a run and prints the intervals that no span explains, as text or as JSON. */
export const verb: Verb = defineVerb({
  verb: "gaps",
  summary: "Shows what no span of a start explains: when, and what is known of it.",
  operands: [runOperand],
  options: {
    "fail-over": {
      kind: "text",
      value: "LIMIT",
      help: "Exit with 1 where more is unattributed: 5%, 2s, 250ms.",
    },
    all: { kind: "flag", help: "Show each interval, also the short ones." },
    json: { kind: "flag", help: "Print JSON, with each interval and durations in nanoseconds." },
    dir: dirOption,
  },
}, async ({ "fail-over": failOver, all, json, dir }, [ref]) => {
  const limit = failOver === undefined ? undefined : limitOf(failOver);
  const start = startOf(await readRunInput(ref, dir));
  const found = gaps(start, all || json ? "all" : "large");
  if (json) {
    const { gapsReport } = await import("../show/gaps_json.ts");
    print(`${JSON.stringify(gapsReport(start, found), undefined, 2)}\n`);
  } else {
    const { gapsText } = await import("../show/gaps_text.ts");
    print(gapsText(start, found));
  }
  if (limit === undefined || !limit(found)) return 0;
  const { formatDuration } = await import("../show/duration.ts");
  const current = `${formatDuration(found.total)} (${found.share.toFixed(2)}%)`;
  printError(`Unattributed is more than ${failOver}: ${current}\n`);
  return 1;
});

/** Nanoseconds of each unit. */
const UNITS: Readonly<Record<string, number>> = { ms: 1e6, s: 1e9 };

/** Whether so much is unattributed that it is over a limit, like `5%`, `2s` or `250ms`. */
function limitOf(text: string): (found: { total: bigint; share: number }) => boolean {
  const [, number = "", unit = ""] = /^(\d+(?:\.\d+)?)(%|ms|s)$/.exec(text) ?? [];
  const value = Number(number);
  if (number === "" || (unit === "%" && value > 100)) {
    const rule = "'fail-over' must be 0-100% of the start, or a duration in s or ms";
    const current = text === "" ? "''" : text;
    throw new UsageError(`Cannot judge gaps as ${rule}: current value is ${current}`);
  }
  if (unit === "%") return ({ share }) => share > value;
  return ({ total }) => Number(total) > value * (UNITS[unit] ?? 1);
}
