/**
 * A start for people: one line, then the table.
 *
 * @module
 */
import { processOf, type Row } from "../read/rows.ts";
import type { Start } from "../read/start.ts";
import { formatDuration, formatDurations } from "./duration.ts";
import { table } from "./table.ts";
import { cut, printable } from "./width.ts";

/**
 * Writes where a start went.
 *
 * @param start its facts.
 * @param rows its rows.
 * @returns lines of at most 80 columns without colour, each ended by a newline: the sentence
 * of {@linkcode headline}; one line per row, with time, share, phase and process, below the large
 * ones what they consist of, and where there are many, one for all the small ones; and the total, to
 * which the times of these lines as they are written sum; what was done before launch; what was not
 * seen; the run.
 */
export function timeText(start: Start, rows: readonly Row[]): string {
  const shown = rows.length > MANY ? rows.filter(({ share }) => share >= SMALL) : rows;
  const rest = rows.filter((row) => !shown.includes(row));
  const lines: readonly Line[] = [...shown, ...(rest.length > 0 ? [sumOf(rest)] : [])];
  const times = formatDurations(lines.map((row) => row.ns));
  const cells = lines.flatMap((row, i) => [
    [times.parts[i] ?? "", `${row.share.toFixed(1)}%`, phaseOf(row, start), row.process ?? ""],
    ...partsOf(row).map((part) => ["", "", part]),
  ]);
  if (rows.length > 0) cells.push([times.total, "100.0%", "total", ""]);
  const body = table(cells, { align: ["right", "right", "left", "left"] });
  const { prepare, run } = start;
  const took = prepare?.endTimeUnixNano !== undefined &&
    formatDuration(prepare.endTimeUnixNano - prepare.startTimeUnixNano);
  const notes = [
    ...(took ? [`before launch: prepare ${took}`] : []),
    ...start.missing.map((line) => cut(printable(line), LONGEST)),
    ...(run === undefined ? [] : [`run ${printable(run)}`]),
  ];
  const parts = [`${headline(start)}\n`, body, notes.map((note) => `${note}\n`).join("")];
  return parts.filter((part) => part !== "").join("\n");
}

/** A line of the table. */
type Line = Pick<Row, "name" | "ns" | "share" | "attributed" | "parts"> & Partial<Row>;

/** From so many rows on the small ones are one line, */
const MANY = 24;
/** which are those of less than so many per cent. */
const SMALL = 0.5;

/** Rows that are shown as one. */
function sumOf(rows: readonly Row[]): Line {
  const sum = (value: (row: Row) => number) => rows.reduce((total, row) => total + value(row), 0);
  return {
    name: `${rows.length} smaller rows`,
    ns: rows.reduce((total, { ns }) => total + ns, 0n),
    share: sum(({ share }) => share * 10) / 10,
    attributed: false,
    parts: [],
  };
}

/** The least share of a row whose parts are shown, in per cent. */
const LARGE = 10;
/** How much of a line about what was not seen is shown; `time --json` has all of it. */
const LONGEST = 240;
/** How many parts of a row are shown. */
const MOST = 6;

/** What a large row consists of, as far as it matters: `  2.31 s  torch`. */
function partsOf({ parts, share, ns, attributed }: Line): string[] {
  if (!attributed || share < LARGE || parts.length < 2) return [];
  const shown = parts.slice(0, MOST).filter((part) => part.ns * 50n >= ns);
  const rest = shown.reduce((left, part) => left - part.ns, ns);
  const all = rest > 0n ? [...shown, { name: "others", ns: rest }] : shown;
  const times = formatDurations(all.map((part) => part.ns)).parts;
  const width = Math.max(...times.map(({ length }) => length));
  return all.map(({ name }, i) => `  ${(times[i] ?? "").padStart(width)}  ${name}`);
}

/**
 * Says in one sentence how a start went.
 *
 * @param start its facts.
 * @returns for example `llama.cpp ready in 84.9 ms, first token after 93.1 ms`, or
 * `llama.cpp died after 51.2 ms in load weights: killed by SIGKILL`.
 */
export function headline(start: Start): string {
  const { launch, end, firstToken, ended, open, failure } = start;
  const engine = brief(start.engine ?? "engine");
  const after = formatDuration(end - launch);
  const where = open.length > 0 ? ` in ${brief(open.at(-1) ?? "")}` : "";
  let text: string;
  if (start.ready) {
    text = `${engine} ${start.executed ? "executed" : "ready"} in ${after}`;
    if (firstToken !== undefined) {
      text += `, first token after ${formatDuration(firstToken - launch)}`;
    } else if (failure !== undefined) text += `, but gave no token: ${cut(failure, 200)}`;
  } else if (ended?.reason === "launcher-killed") {
    // Not that it died: it may go on. Where nothing was told, how long it lasted is not known either.
    const when = end === launch ? "" : ` after ${after}${where}`;
    text = `${engine} broke off${when}: its end was not stored ` +
      "(was coldtrace killed, or the disk full?)";
  } else if (ended && ended.reason !== "not-seen-ready") {
    text = `${engine} died after ${after}${where}: ${cause(ended)}`;
  } else text = `${engine} not seen ready in ${after}${where && `, ${where.trim()}`}`;
  return printable(text);
}

/** Leaves room for the rest of the line. */
function brief(name: string): string {
  return cut(printable(name), 32);
}

function cause(
  { reason = "reason unknown", exitCode, signal, message }: NonNullable<Start["ended"]>,
) {
  const how = signal !== undefined
    ? `killed by ${signal}`
    : exitCode !== undefined
    ? `exit code ${exitCode}`
    : undefined;
  if (reason === "exit") return how ?? message ?? reason;
  const why = reason.replaceAll("-", " ");
  if (reason === "stopped") return why;
  return how === undefined ? why : `${why}, ${how}`;
}

function phaseOf(
  { name, phase = name, attributed, process }: Line,
  { open, spans }: Start,
): string {
  if (!attributed) return name;
  const isOpen = open.includes(name) &&
    spans.some((span) =>
      span.name === name && span.attributes["coldtrace.open"] === true &&
      processOf(span) === process
    );
  return isOpen ? `${phase} (open)` : phase;
}
