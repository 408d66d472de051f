/**
 * Stored runs for people.
 *
 * @module
 */
import { shellWord } from "../read/shell.ts";
import type { Census } from "../read/census.ts";
import type { RecordValue } from "../trace/record.ts";
import {
  firstTokenOf,
  type RunState,
  stateOf,
  type StoredRun,
  textOf,
  totalOf,
} from "./runs_json.ts";
import { table } from "./table.ts";
import { headline } from "./time_text.ts";
import { printable } from "./width.ts";

/** How much of ids is shown where it is enough: the time to the second, or to the millisecond. */
const LENGTHS = ["20261123-213045", "20261123-213045-123"].map(({ length }) => length);
const HEADER = ["run", "when", "label", "engine", "total", "token", "size"];

const WORDS: Readonly<Record<RunState, string>> = {
  ready: "ready",
  died: "died",
  broke_off: "broke off",
  under_way: "under way",
  not_seen_ready: "not ready",
  unreadable: "broken",
};

/**
 * Lists runs in a table of 80 columns.
 *
 * @param runs the runs, the newest last.
 * @returns a header and a line per run: the beginning of its id that names it; when it was
 * launched, local time; label; engine; seconds until ready or its end; seconds until the first
 * token, else `ready`, `died`, `under way` ...; the size of its file. Nothing where there are none.
 */
export function runsText(runs: readonly StoredRun[]): string {
  if (runs.length === 0) return "";
  const ids = shortened(runs.map(({ id }) => id));
  const lines = runs.map((run, i) => {
    const { start, size } = run;
    const [total, token] = [totalOf(run), firstTokenOf(run)];
    const word = start?.failure === undefined ? WORDS[stateOf(run)] : "no token";
    return [
      ids[i] ?? run.id,
      start ? localTime(start.launch).slice("2026-".length, -":45".length) : "",
      textOf(start, "coldtrace.label") ?? "",
      start?.engine ?? "",
      total === undefined ? "" : seconds(total),
      token === undefined ? word : seconds(token),
      sizeText(size),
    ];
  });
  // Ids and times are not to be cut, so they count as numbers.
  const align = ["right", "right", "left", "left", "right", "right", "right"] as const;
  return table([HEADER, ...lines], { align });
}

/** The beginnings of ids, all of one length, that name one run each. */
function shortened(ids: readonly string[]): readonly string[] {
  for (const length of LENGTHS) {
    const short = ids.map((id) => id.slice(0, length));
    if (new Set(short).size === ids.length) return short;
  }
  return ids;
}

/** A line of `runs show`: what it is, and its value. */
type Fact = readonly [name: string, value: string];

/** Parts of the facts by the names of the root's attributes; what fits nowhere comes last. */
const PARTS: readonly (readonly [title: string, belongs: RegExp, prefix: RegExp])[] = [
  ["engine", /^coldtrace\.engine\./, /^coldtrace\.engine\./],
  [
    "host",
    /^(host|container)\.|^coldtrace\.(host|gpu)\./,
    /^coldtrace\.(host\.)?|^host\./,
  ],
  ["control group", /^coldtrace\.cgroup\./, /^coldtrace\.cgroup\./],
  ["others", /./, /^coldtrace\./],
];
/** What the first part of the facts tells by other means, and what is of no use to people. */
const TOLD = new Set([
  "coldtrace.container",
  "coldtrace.engine",
  "coldtrace.label",
  "coldtrace.missing",
  "coldtrace.open",
  "coldtrace.run",
  "coldtrace.series",
  "coldtrace.series.number",
  "coldtrace.series.size",
  "error.type",
  "process.command_args",
  "process.exit.code",
  "process.exit.signal",
]);

/** Attributes in bytes. */
const SIZES = /^coldtrace\.(host\.memory|cgroup\.memory(_peak|_limit)?|disk_read_bytes)$/;

/**
 * Writes what is known of a run besides where its time went.
 *
 * @param run the run, read whole.
 * @param census what it consists of.
 * @returns the sentence of `time`, then a line per fact, by part; values are not cut.
 */
export function runFactsText(run: StoredRun, { spans, processes, sources }: Census): string {
  const { start } = run;
  const attributes = Object.entries(start?.root?.attributes ?? {});
  const number = textIn(start?.root?.attributes["coldtrace.series.number"]);
  const size = textIn(start?.root?.attributes["coldtrace.series.size"]);
  const series = textOf(start, "coldtrace.series");
  const command = start?.root?.attributes["process.command_args"];
  const general: (Fact | undefined)[] = [
    fact("label", textOf(start, "coldtrace.label")),
    fact("launched", start && localTime(start.launch)),
    fact("command", Array.isArray(command) ? command.map(quoted).join(" ") : undefined),
    fact("series", series && `${number} of ${size} in ${series}`),
    fact("file", `${run.path} (${sizeText(run.size)})`),
    fact("spans", `${spans} of ${processes} ${processes === 1 ? "process" : "processes"}`),
    fact("sources", [...sources].map(([name, count]) => `${name} ${count}`).join(", ")),
    fact("trace", start?.traceId),
  ];
  const parts: [string, readonly Fact[]][] = [[`run ${run.id}`, general.filter((f) => !!f)]];
  const left = new Map(attributes.filter(([name]) => !TOLD.has(name)));
  for (const [title, belongs, prefix] of PARTS) {
    const facts: Fact[] = [];
    for (const [name, value] of left) {
      if (!belongs.test(name)) continue;
      left.delete(name);
      const isSize = typeof value === "number" && SIZES.test(name);
      const text = isSize ? sizeText(value) : textIn(value);
      facts.push([name.replace(prefix, "").replaceAll(/[._]/g, " "), text]);
    }
    parts.push([title, facts]);
  }
  const width = Math.max(...parts.flatMap(([, facts]) => facts.map(([name]) => name.length)));
  const text = parts.filter(([, facts]) => facts.length > 0).map(([title, facts]) =>
    [
      `${title}\n`,
      ...facts.map(([name, value]) => `  ${name.padEnd(width)}  ${printable(value)}\n`),
    ].join("")
  );
  return [...(start ? [`${headline(start)}\n`] : []), ...text].join("\n");
}

function fact(name: string, value: string | undefined): Fact | undefined {
  return value === undefined || value === "" ? undefined : [name, value];
}

function textIn(value: RecordValue | undefined): string {
  if (Array.isArray(value)) return value.map(textIn).join(", ");
  return typeof value === "object" && value !== null ? JSON.stringify(value) : String(value ?? "?");
}

/** An argument as a shell would take it. */
function quoted(arg: RecordValue): string {
  return shellWord(textIn(arg));
}

/** `2026-11-23 21:30:45`, where the terminal is. */
function localTime(time: bigint): string {
  const date = new Date(Number(time / 1_000_000n));
  const local = new Date(date.getTime() - date.getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, 19).replace("T", " ");
}

/** All in one unit with the same decimals, so that lines compare: `12.345 s`. */
function seconds(ns: bigint): string {
  return `${(Number(ns) / 1e9).toFixed(3)} s`;
}

/** A size in at most six columns: `412 kB`, `1.2 MB`. */
function sizeText(bytes: number): string {
  const units = ["B", "kB", "MB", "GB"];
  let value = bytes;
  while (Math.round(value) >= 1000 && units.length > 1) {
    value /= 1000;
    units.shift();
  }
  const places = value < 9.95 && units[0] !== "B" ? 1 : 0;
  return `${value.toFixed(places)} ${units[0]}`;
}
