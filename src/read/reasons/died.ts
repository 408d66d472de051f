import type { Start } from "../start.ts";
import type { Finding } from "./reason.ts";
import { counted } from "./_amounts.ts";
import { isOutOfMemory, numberFact } from "./_facts.ts";
import { logLines } from "./_log.ts";

/** Ends that say something of the engine, and not of who watched it. */
const DEATHS = ["exit", "start-timeout", "stall-timeout"];
/** How many lines are shown, and how much of each. */
const [LINES, LENGTH] = [2, 300];

/**
 * It died: with what, in which phase, and what it said of that.
 *
 * Source: `error.type`, `process.exit.code` and `process.exit.signal` of the root and the message of
 * its status; the last lines of the log that name an error. What killed it by SIGKILL is not guessed,
 * nor whom the kernel killed where none of its processes was.
 */
export function died(start: Start): Finding | undefined {
  const { ended, open } = start;
  const { reason, exitCode, signal, message } = ended ?? {};
  if (start.ready || reason === undefined || !DEATHS.includes(reason)) return undefined;
  const how = signal !== undefined
    ? `killed by ${signal}`
    : exitCode !== undefined
    ? `exit code ${exitCode}`
    : reason.replaceAll("-", " ");
  const where = open.at(-1);
  const kills = numberFact(start, "coldtrace.cgroup.oom_kills");
  return {
    id: "died",
    title: `It died: ${how}`,
    time: start.end - start.launch,
    evidence: [
      ...(where === undefined ? [] : [`${where} was open`]),
      ...(message === undefined ? [] : [message.trim().slice(0, LENGTH)]),
      ...lastErrors(start).map((text) => `it wrote: ${text}`),
      ...(kills === undefined || kills <= 0 || isOutOfMemory(start) ? [] : [
        `its control group counted ${counted(kills, "OOM kill")}, of whom is not known`,
      ]),
    ],
    remedy: signal === "SIGKILL"
      ? `look for who kills it${kills === 0 ? ": no OOM kill was counted where one would be" : ""}`
      : "see to that first; the other lines are of a start that did not get ready",
  };
}

/** The last lines it wrote that name an error, each once, without what its status says already. */
export function lastErrors(start: Start): string[] {
  const said = logLines(start).map(({ text }) => text.trim().slice(0, LENGTH))
    .filter((text) => start.ended?.message?.includes(text.slice(0, 60)) !== true)
    .filter((text) => !/\bWARNING\b/.test(text))
    .filter((text) => /\b(?:\w*Error|\w*Exception|error|fatal|Killed)\b[:\s]/.test(text));
  return [...new Set(said)].slice(-LINES);
}
