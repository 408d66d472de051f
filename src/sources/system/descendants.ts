import {
  childrenOf,
  isOver,
  mayReadFiles,
  procFile,
  type ProcStat,
  readStat,
} from "./proc_files.ts";

/** More processes than an engine has: nobody is to be held up by what is no tree. */
const MOST = 10_000;

/**
 * The process `pid` and those below it, as they are now, each with what `/proc/PID/stat` says; no
 * `stat`: it has just ended.
 */
export function* processesFrom(pid: number): Generator<{ pid: number; stat?: ProcStat }> {
  if (Deno.build.os !== "linux" || !mayReadFiles()) return;
  const pids = [pid];
  for (const one of pids) {
    const stat = readStat(one);
    yield { pid: one, ...(stat && { stat }) };
    if (stat && pids.length < MOST) pids.push(...childrenOf(one, stat.threads));
  }
}

/** The session that a process is in: a daemon has left that of who started it (setsid(2)). */
export function sessionOf(pid: number): number | undefined {
  const text = procFile(`${pid}/stat`);
  const session = text?.slice(text.lastIndexOf(")") + 2).split(" ")[3];
  return session === undefined ? undefined : Number(session);
}

/** Whether a process is there still: not another one that has its number now, nor a zombie. */
export function isAlive({ pid, start }: { pid: number; start: number }): boolean {
  const stat = readStat(pid);
  return stat !== undefined && stat.start === start && !isOver(stat);
}
