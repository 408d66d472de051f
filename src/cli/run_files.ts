import { createRunId, openLogOf } from "../runs/run_id.ts";
import { openRunFile } from "../runs/store.ts";
import type { OpenRuns } from "../start/engine_start.ts";
import { openStore } from "./run_store.ts";

/** The files that the trace of a start is stored in. */
export interface RunFiles extends OpenRuns {
  /** Where it is stored as a whole, as far as is known by now. */
  readonly paths: readonly string[];
}

/** Which files are wanted. */
export interface RunFilesOptions {
  /** The data directory, if it is named. */
  dir: string | undefined;
  /** Whether the run store is to have it. */
  stored: boolean;
  /** A file besides. */
  file: string | undefined;
  /** Told, in one line, what is wrong with the data directory. */
  warnOfData: (line: string) => void;
  /** Told what else is wrong. */
  warn: (line: string) => void;
}

/** Opens the files. What cannot be written is a warning, and no reason to stop. */
export function openRunFiles(options: RunFilesOptions): RunFiles {
  const { dir, stored, file, warnOfData, warn } = options;
  const failed = { run: false, copy: false };
  const store = openStore(dir, (line) => {
    failed.run = true;
    warnOfData(line);
  });
  const run = stored ? store.createRun() : undefined;
  const copy = file === undefined
    ? undefined
    : openRunFile(file, run?.id ?? createRunId(Date.now()), {
      onWarning: (line) => {
        failed.copy = true;
        warn(line);
      },
    });
  return {
    writers: [run, copy].filter((writer) => writer !== undefined),
    openLog: run?.path === undefined ? undefined : openLogOf(run.path),
    get id() {
      return failed.run ? undefined : run?.id;
    },
    get paths() {
      const paths = [failed.run ? undefined : run?.path, failed.copy ? undefined : copy?.path];
      return paths.filter((path) => path !== undefined);
    },
  };
}
