/**
 * What the names of runs stand for.
 *
 * @module
 */
import type { RunStore } from "../runs/store.ts";
import { UsageError } from "./args.ts";
import { openStore, orUsageError } from "./run_store.ts";

/** A file that tells of starts, and which of them are meant. */
export interface RunName {
  /** The file, or `-`. */
  readonly path: string;
  /** What stood behind `#`, each the number of a start; absent where all of them are meant. */
  readonly numbers?: readonly string[];
}

/**
 * Finds what one name stands for: what {@linkcode RunStore.find} takes, or `FILE#2`, the second
 * start that a file tells of.
 *
 * @param ref the name, if it is given.
 * @param dir what `--dir` says, if it is given.
 * @returns at least one file, those of a label in the order of their launch; the latest run where
 * there is no name.
 * @throws {UsageError} if there is no such run.
 */
export function runsNamed(ref: string | undefined, dir: string | undefined): RunName[] {
  const store = openStore(dir);
  return orUsageError(() => {
    if (ref === undefined) return [{ path: store.resolve() }];
    const known = namedBy(store, ref);
    // Nothing has that name: it says so, unless it looks like a path.
    return known.length > 0 ? known : store.resolveAll(ref).map((path) => ({ path }));
  });
}

/**
 * Finds what a name, or several with commas between them, stand for.
 *
 * @param ref the names, if they are given.
 * @param dir what `--dir` says, if it is given.
 * @returns each file once, in the order of the names.
 * @throws {UsageError} if there is no such run.
 */
export function allRunsNamed(ref: string | undefined, dir: string | undefined): RunName[] {
  if (!ref?.includes(",")) return runsNamed(ref, dir);
  // A comma can be a part of a name, too.
  const known = orUsageError(() => namedBy(openStore(dir), ref));
  if (known.length > 0) return known;
  const names = ref.split(",").flatMap((part) => runsNamed(part, dir));
  return [...Map.groupBy(names, ({ path }) => path)].map(([path, same]) => {
    const isWhole = same.some(({ numbers }) => numbers === undefined);
    return isWhole ? { path } : { path, numbers: same.flatMap(({ numbers = [] }) => numbers) };
  });
}

/**
 * Picks the starts that a name means.
 *
 * @param starts all that its file tells of, in order of launch.
 * @param name the file, and their numbers.
 * @returns all where there are no numbers; nothing twice.
 * @throws {UsageError} if one is not there.
 */
export function startsNamed<T>(starts: readonly T[], { path, numbers }: RunName): readonly T[] {
  if (numbers === undefined) return starts;
  const named = numbers.map((number) => {
    const start = /^[1-9]\d*$/.test(number) ? starts[Number(number) - 1] : undefined;
    if (start !== undefined) return start;
    const most = starts.length === 1 ? "1" : `1 to ${starts.length}`;
    throw new UsageError(
      `Cannot read run '${path}#${number}' as the number of a start must be ${most}: ` +
        `current value is ${number === "" ? "''" : number}`,
    );
  });
  return [...new Set(named)];
}

/** What has a name; nothing where none has it. */
function namedBy(store: RunStore, ref: string): RunName[] {
  const found = store.find(ref);
  if (found.length > 0) return found.map((path) => ({ path }));
  const [, file, number] = /^(.+)#([^#,/\\]*)$/.exec(ref) ?? [];
  if (file === undefined || number === undefined || store.find(file)[0] !== file) return [];
  return [{ path: file, numbers: [number] }];
}
