/**
 * The critical path of a start for people.
 *
 * @module
 */
import type { Step, Target } from "../read/chain.ts";
import { processOf } from "../read/rows.ts";
import type { Start } from "../read/start.ts";
import type { SpanRecord } from "../trace/record.ts";
import { inUnitOf } from "./_unit.ts";
import { formatDurations } from "./duration.ts";
import { headline } from "./time_text.ts";
import { cut, printable, widthOf } from "./width.ts";

const WIDTH = 80;
/** From there on steps are indented no further. */
const DEEPEST = 24;
/** How many names tell what several steps were. */
const NAMES = 3;

/**
 * Writes the critical path of a start, back in time.
 *
 * @param start its facts.
 * @param target what the path leads to.
 * @param steps the path, from `chain()` or folded.
 * @returns the sentence of `headline()`; what the path leads to; a line of at most 80 columns for
 * each step: when it began, counted from launch, what it took, and what it was. What they took, as
 * it is written, sums to when the target was.
 */
export function chainText(start: Start, target: Target, steps: readonly Step[]): string {
  const length = target.at - start.launch;
  const times = formatDurations(steps.map(({ ns }) => ns));
  const tell = inUnitOf(length);
  const unit = times.total.endsWith("ms") ? "ms" : "s";
  const begins = steps.map((step) => `@${tell(step.start)} ${unit}`);
  const took = steps.map((_, i) => `+${times.parts[i]}`);
  const left = Math.max(...[`@${times.total}`, ...begins].map((text) => text.length));
  const right = Math.max(0, ...took.map((text) => text.length));
  const lines = steps.map((step, i) => {
    const head = `  ${(begins[i] ?? "").padStart(left)}  ${(took[i] ?? "").padStart(right)}  `;
    const tree = `${" ".repeat(Math.min(i, DEEPEST))}└─`;
    return `${head}${tree}${what(step, WIDTH - widthOf(head + tree))}`.trimEnd();
  });
  const { name, among = 1 } = target;
  const to = among > 1 ? `${name}, the last of ${among}` : name;
  const room = WIDTH - left - right - 6;
  const top = `  ${`@${times.total}`.padStart(left)}  ${" ".repeat(right)}  ` +
    cut(printable(to), room);
  return [headline(start), "", LEGEND, "", top, ...lines].map((line) => `${line}\n`).join("");
}

const LEGEND = "When a step began is behind @, counted from launch; what it took is behind +.";

/** What a step was, in so many columns. */
function what(step: Step, room: number): string {
  if (step.kind === "gap") {
    const words = ["gap between ", " and "];
    const each = Math.floor((room - words.join("").length) / 2);
    const before = beside(step.previous, "launch");
    const after = beside(step.next, "the end");
    // What one does not need is the other's.
    const rest = (text: string) => Math.max(each, 2 * each - widthOf(text));
    return `${words[0]}${cut(before, rest(after))}${words[1]}${cut(after, rest(before))}`;
  }
  const name = step.kind === "smaller"
    ? `${step.count} steps: ${
      printable(step.names?.slice(0, NAMES).map(({ name }) => name).join(", ") ?? "")
    }`
    : printable(step.name);
  const process = step.process === undefined ? "" : ` (${printable(step.process)})`;
  if (widthOf(name + process) <= room) return name + process;
  const end = cut(process, Math.floor(room / 2));
  return cut(name, room - widthOf(end)) + end;
}

function beside(span: SpanRecord | undefined, otherwise: string): string {
  return span ? `${printable(span.name)} (${printable(processOf(span))})` : otherwise;
}
