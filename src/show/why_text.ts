/**
 * Why a start took as long as it did, for people.
 *
 * @module
 */
import type { Reason } from "../read/reasons/reason.ts";
import type { Start } from "../read/start.ts";
import { formatDuration } from "./duration.ts";
import { headline } from "./time_text.ts";
import { printable, widthOf } from "./width.ts";

const WIDTH = 80;
/** What stands for a secret in a recorded command. */
const HIDDEN = "[redacted]";

/**
 * Writes the reasons of a start.
 *
 * @param start its facts.
 * @param reasons its reasons.
 * @param lookedFor what was looked for, as the end of a sentence.
 * @returns lines of at most 80 columns without colour, each ended by a newline: the sentence of
 * {@linkcode headline} with the number of reasons, and of each one its time, its share, what
 * happened, what shows it, what would change it, and the command that would prove it, or show it
 * again. Only the commands are longer, or have newlines of their own, so that they can be copied, and
 * long paths.
 */
export function whyText(start: Start, reasons: readonly Reason[], lookedFor: string): string {
  const { length } = reasons;
  if (length === 0) {
    return `${wrapped("", `${headline(start)}: no reason has evidence`)}\n` +
      wrapped("", `Looked for ${lookedFor}.`);
  }
  const count = `${length} ${length === 1 ? "reason" : "reasons"}`;
  const times = reasons.map(({ ns, isUpTo }) => `${isUpTo ? "up to " : ""}${formatDuration(ns)}`);
  const width = Math.max(...times.map(widthOf));
  const blocks = reasons.map((reason, i) => blockOf(reason, (times[i] ?? "").padStart(width)));
  const notes = [
    ...(length === 1 ? [] : [wrapped("", "Reasons overlap: their times sum to nothing.")]),
    ...(start.run === undefined ? [] : [`run ${printable(start.run)}\n`]),
  ];
  return [wrapped("", `${headline(start)}: ${count}`), ...blocks, notes.join("")].join("\n");
}

function blockOf(reason: Reason, time: string): string {
  const { share, title, evidence, overlaps, remedy, command, proves } = reason;
  const head = ` ${time}  ${`${share.toFixed(1)}%`.padStart(6)}  `;
  const parts = overlaps.map(({ id, ns }) => `${formatDuration(ns)} of ${id}`);
  const shared = parts.length === 0 ? [] : [`part of it is ${parts.join(", ")}`];
  const secret = command.includes(HIDDEN) ? [`fill in what is ${HIDDEN}`] : [];
  return wrapped(head, title) +
    [...evidence, ...shared].map((text, i) => wrapped(i === 0 ? label("evidence") : INDENT, text))
      .join("") +
    wrapped(label("remedy"), remedy) +
    `${proves ? label("prove it") : "  see it again: "}${copyable(command)}\n` +
    secret.map((text) => wrapped(INDENT, text)).join("");
}

/** What a shell reads as it was: newlines and tabs stay, which stand in quotes. */
function copyable(command: string): string {
  return command.replace(/[^\n\t]+/g, printable);
}

const INDENT = " ".repeat(14);

function label(name: string): string {
  return `  ${name}:`.padEnd(INDENT.length);
}

/** Lines that begin with `head`, or with as many blanks. */
function wrapped(head: string, text: string): string {
  const lines = [head];
  let isEmpty = true;
  for (const word of printable(text).split(" ")) {
    const line = lines.at(-1) ?? "";
    const longer = isEmpty ? line + word : `${line} ${word}`;
    if (isEmpty || widthOf(longer) <= WIDTH) lines[lines.length - 1] = longer;
    else lines.push(" ".repeat(widthOf(head)) + word);
    isEmpty = false;
  }
  return lines.map((line) => `${line.trimEnd()}\n`).join("");
}
