import { openLogOf } from "../runs/run_id.ts";
import { rootAmong } from "../runs/root.ts";
import { openRunStore, RunError, type RunStore } from "../runs/store.ts";
import { readOpenLog } from "../start/open_log.ts";
import { type Text, UsageError } from "./args.ts";

/** The option that says where runs are stored. */
export const dirOption: Text = {
  kind: "text",
  value: "DIR",
  help: "Data directory (default $COLDTRACE_DIR, else XDG's).",
};

/** The stored runs, with the roots of those that are under way, or were broken off. */
export function openStore(
  dir: string | undefined,
  onWarning?: (line: string) => void,
): RunStore {
  const openRoot = (path: string) => rootAmong(readOpenLog(openLogOf(path)));
  return openRunStore({ dir, openRoot, ...(onWarning && { onWarning }) });
}

/** Asks the store: what is wrong with a run is the caller's bad input. */
export function orUsageError<T>(ask: () => T): T {
  try {
    return ask();
  } catch (error) {
    throw error instanceof RunError ? new UsageError(error.message) : error;
  }
}
