/**
 * What no span of a start explains, for people.
 *
 * @module
 */
import type { Gap, Gaps } from "../read/gaps.ts";
import { processOf } from "../read/rows.ts";
import type { Start } from "../read/start.ts";
import type { SpanRecord } from "../trace/record.ts";
import { formatDuration, formatDurations } from "./duration.ts";
import { headline } from "./time_text.ts";
import { cut, printable } from "./width.ts";

const WIDTH = 80;
/** How many lines of the log are shown of a gap, the last ones of it. */
const LINES = 5;
const MEGABYTE = 1e6;

/**
 * Writes what no span of a start explains.
 *
 * @param start its facts.
 * @param gaps from `gaps()`.
 * @returns the sentence of `headline()`; in lines of at most 80 columns: how much is unattributed; for
 * each listed interval its length, when it begins, counted from launch, in which containers it is,
 * between which spans of the critical path, what the engine wrote in it and what its processes did,
 * as far as it is known; one line for the others. The lengths, as they are written, sum to what
 * is unattributed.
 */
export function gapsText(start: Start, gaps: Gaps): string {
  const { listed, others, total, share, linesDropped } = gaps;
  const rest = others.count > 0 ? [others.ns] : [];
  const times = formatDurations([...listed.map(({ ns }) => ns), ...rest]);
  const width = times.total.length;
  const line = (time: string, text: string) => `  ${time.padStart(width)}  ${text}`;
  const lines = [
    ...listed.flatMap((gap, i) => {
      const where = gap.containers.length > 0 ? `  in ${gap.containers.join(", ")}` : "";
      const first = `@${formatDuration(gap.start)}${where}`;
      return [line(times.parts[i] ?? "", first), ...detailsOf(gap).map((text) => line("", text))];
    }),
    ...rest.map(() =>
      line(
        times.parts.at(-1) ?? "",
        `${others.count} shorter ${others.count === 1 ? "one" : "ones"} (--all)`,
      )
    ),
    ...(total > 0n ? [line(times.total, "unattributed")] : []),
  ];
  const notes = linesDropped > 0 ? [`${linesDropped} lines of the log were not kept`] : [];
  const said = `${formatDuration(total)} unattributed, ${share.toFixed(1)}% of the start`;
  const parts = [[said], lines, notes]
    .filter((part) => part.length > 0)
    .map((part) => part.map((text) => `${cut(printable(text), WIDTH)}\n`).join(""));
  return [`${headline(start)}\n`, ...parts].join("\n");
}

/** What is known of a gap. */
function detailsOf(gap: Gap): string[] {
  const { lines, lastLine, activity } = gap;
  const shown = lines?.slice(-LINES) ?? [];
  const memory = activity.filter(({ rss }) => rss !== undefined);
  const hidden = (lines?.length ?? 0) - shown.length;
  return [
    `  after   ${beside(gap.previous, "launch")}`,
    `  before  ${beside(gap.next, "the end")}`,
    ...(hidden > 0 ? [`  log     ${hidden} lines, then`] : []),
    ...shown.map(({ at, text }, i) =>
      `  ${i === 0 && hidden === 0 ? "log" : ""}`.padEnd(10) + `@${formatDuration(at)}  ${text}`
    ),
    ...(lines && lines.length === 0 && lastLine
      ? [`  log     nothing; the last line was @${formatDuration(lastLine.at)}  ${lastLine.text}`]
      : []),
    ...(activity.length > 0
      ? [`  CPU     ${activity.map((one) => `${one.process} ${percent(one.cpus)}`).join(", ")}`]
      : []),
    ...(memory.length > 0
      ? [`  memory  ${memory.map((one) => `${one.process} ${megabytes(one.rss)}`).join(", ")}`]
      : []),
  ];
}

function beside(span: SpanRecord | undefined, otherwise: string): string {
  return span ? `${span.name} (${processOf(span)})` : otherwise;
}

/** 100 % is all of one CPU. */
function percent(cpus: number): string {
  return `${Math.round(100 * cpus)}%`;
}

function megabytes(bytes = 0): string {
  return `${Math.round(bytes / MEGABYTE)} MB`;
}
