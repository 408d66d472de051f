import type { SpanRecord } from "../../trace/record.ts";
import type { TimeReport } from "../../show/time_json.ts";
import { printError } from "../output.ts";
import type { RunFiles } from "../run_files.ts";

/** What is printed of a start: its table, and where it is stored. */
export async function summaryOf(
  records: readonly SpanRecord[],
  files: RunFiles | undefined,
): Promise<string> {
  const { rows, readStart, timeText } = await reading();
  const start = readStart(records);
  const paths = (files?.paths ?? []).map((path) => `stored in ${path}\n`);
  return `\n${timeText(start, rows(start))}${paths.join("")}\n`;
}

/** What is printed of a start among others: a line, without its end. */
export async function lineOf(records: readonly SpanRecord[]): Promise<string> {
  const { readStart, headline } = await reading();
  return headline(readStart(records));
}

/** What `time --json` prints of a start. */
export async function reportOf(records: readonly SpanRecord[]): Promise<TimeReport> {
  const { rows, readStart, timeReport } = await reading();
  const start = readStart(records);
  return timeReport(start, rows(start));
}

/** Writes a file; where it cannot be, that is told, and no reason to end. */
export function writeJson(path: string, report: unknown): void {
  try {
    Deno.writeTextFileSync(path, `${JSON.stringify(report, undefined, 2)}\n`);
  } catch (error) {
    printError(`Cannot write '${path}' as ${(error as Error).message}\n`);
  }
}

/** What reads starts, and shows them: loaded while the engine starts, or not at all. */
async function reading() {
  const [{ readStart }, { rows }, { timeReport }, { headline, timeText }] = await Promise.all([
    import("../../read/start.ts"),
    import("../../read/rows.ts"),
    import("../../show/time_json.ts"),
    import("../../show/time_text.ts"),
  ]);
  return { readStart, rows, timeReport, headline, timeText };
}
