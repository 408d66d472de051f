/**
 * What is made cold before a start.
 *
 * @module
 */
import { shellWord } from "../shell.ts";
import type { Start } from "../start.ts";
import type { Trial } from "./reason.ts";

/**
 * Has the kernel forget the files that it holds in memory, which only root can have it do
 * (`drop_caches` in sysctl/vm.rst of Linux); what is not written yet, it would keep.
 */
const EMPTY = "sync; echo 3 >/proc/sys/vm/drop_caches";
/** What tells `run --cold` for which start it is. */
const LABEL = "COLDTRACE_LABEL";
/** How {@linkcode exceptFor} begins where it adds nothing to what was cold before. */
const EXCEPTION = new RegExp(`^test "\\$${LABEL}" = (\\S+) && exit; `);

/** Has it start from the disk, and from the page cache. */
export const CACHED: Trial = { name: "cached", change: (words) => words, cold: exceptFor };
/** What {@linkcode CACHED} shows. */
export const CACHED_SHOWS: string =
  "The command below, as root, has it read all from the disk, and nothing, in turn: what its disk " +
  "costs (compare with --allow-mixed, as that is what differs)";

/**
 * Empties the page cache before all starts but those of a label. That is no part of a start, which
 * would have to wait for it.
 *
 * @param label the label.
 * @param before what made starts cold before: of all labels, unless it emptied the page cache.
 * @returns a script for a shell.
 */
function exceptFor(label: string, before: string | undefined): string {
  const exception = `test "$${LABEL}" = ${shellWord(label)} && exit; `;
  if (before === undefined) return exception + EMPTY;
  if (before.includes("drop_caches")) return exception + before;
  return `sh -c ${shellWord(before)} || exit; ${exception}${EMPTY}`;
}

/**
 * What `run --cold` did before a start: `coldtrace.cold` of the root.
 *
 * @param start what to read.
 * @returns a script for a shell, which does the same for starts of other labels; `undefined` where
 * nothing was made cold.
 */
export function coldOf({ root }: Start): string | undefined {
  const { "coldtrace.cold": cold, "coldtrace.label": label = "" } = root?.attributes ?? {};
  if (typeof cold !== "string") return undefined;
  const [exception = "", excepted] = EXCEPTION.exec(cold) ?? [];
  if (excepted !== undefined && excepted === label) return undefined;
  const rest = cold.slice(exception.length);
  return rest.includes(LABEL) ? `${LABEL}=${shellWord(String(label))}; ${rest}` : rest;
}
