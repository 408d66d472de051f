/** The last look at a process, of `/proc/PID/stat` (proc(5), Linux 2.6 and later). */
export interface ProcStat {
  /** The first 15 characters of what its program, or its main thread, is called. */
  readonly name: string;
  /** `R`, `S`, `Z` and so on. */
  readonly state: string;
  /** The process that it is the child of now: not its maker's, where that is gone. */
  readonly parent: number;
  /** Processor time of all its threads, user and system, in clock ticks. */
  readonly cpu: number;
  /** How many threads it has. */
  readonly threads: number;
  /** When it was made, in clock ticks since boot. */
  readonly start: number;
}

/**
 * Milliseconds of a clock tick. `getconf CLK_TCK` says 100 a second on every Linux that Deno runs
 * on, since the kernel's own rate is hidden from programs.
 */
export const TICK_MS = 10;

/**
 * Whether files may be read, so that trying to does not prompt on a terminal. `/proc` takes
 * `--allow-all` besides; without it Deno refuses, and asks nobody.
 */
export function mayReadFiles(): boolean {
  return Deno.permissions.querySync({ name: "read", path: "/proc" }).state === "granted";
}

/** A file of `/proc`; `undefined` where it cannot be read, mostly since its process is gone. */
export function procFile(path: string): string | undefined {
  try {
    return Deno.readTextFileSync(`/proc/${path}`);
  } catch {
    return undefined;
  }
}

/** What `/proc/PID/stat` says; `undefined` for a process that is not there. */
export function readStat(pid: number): ProcStat | undefined {
  const text = procFile(`${pid}/stat`);
  return text === undefined ? undefined : parseStat(text);
}

/** Takes a line of `/proc/PID/stat` apart. */
export function parseStat(line: string): ProcStat | undefined {
  // The command's name is the one field that may hold blanks and brackets.
  const end = line.lastIndexOf(")");
  const fields = line.slice(end + 2).trim().split(" ");
  const number = (field: number) => Number(fields[field - 3]);
  const [state = ""] = fields;
  const start = number(22);
  if (!Number.isFinite(start)) return undefined;
  return {
    name: line.slice(line.indexOf("(") + 1, end),
    state,
    parent: number(4),
    cpu: number(14) + number(15),
    threads: number(20),
    start,
  };
}

/** Whether a process with this state is over, though its parent may not have taken note. */
export function isOver({ state }: ProcStat): boolean {
  return state === "Z" || state === "X" || state === "x";
}

/** The children that any of the threads of a process made, and that still are its children. */
export function childrenOf(pid: number, threads: number): number[] {
  const lists = threads === 1
    ? [procFile(`${pid}/task/${pid}/children`)]
    : threadsOf(pid).map((thread) => procFile(`${pid}/task/${thread}/children`));
  return lists.flatMap((list) => list?.split(" ") ?? []).filter((id) => id !== "").map(Number);
}

function threadsOf(pid: number): string[] {
  try {
    return Array.from(Deno.readDirSync(`/proc/${pid}/task`), ({ name }) => name);
  } catch {
    return [];
  }
}

/** The resident memory of a process, in bytes: what it has, and the most that it had at once. */
export interface ProcMemory {
  readonly rss: number;
  readonly maxRss: number;
}

/** The memory of a process; `undefined` for a zombie, which has none any more. */
export function memoryOf(pid: number): ProcMemory | undefined {
  // `stat` has it, too, in pages, and nobody tells of how many bytes those are.
  const text = procFile(`${pid}/status`) ?? "";
  const bytes = (name: string) => {
    const from = text.indexOf(`\n${name}:`);
    return from < 0 ? undefined : parseInt(text.slice(from + name.length + 2), 10) * 1024;
  };
  const [maxRss, rss] = [bytes("VmHWM"), bytes("VmRSS")];
  return maxRss === undefined || rss === undefined ? undefined : { rss, maxRss };
}

/** The arguments of a process, or what it has put in their place; none for a zombie. */
export function commandLineOf(pid: number): string[] {
  // A title is padded with zero bytes to the length of the arguments that it replaces.
  const text = procFile(`${pid}/cmdline`)?.replace(/\0+$/, "") ?? "";
  return text === "" ? [] : text.split("\0");
}

/** The file name of the program that a process runs. */
export function executableOf(pid: number): string | undefined {
  try {
    const path = Deno.readLinkSync(`/proc/${pid}/exe`).replace(/ \(deleted\)$/, "");
    return path.split("/").at(-1);
  } catch {
    return undefined;
  }
}
