import { redactArgs, redactText } from "../../trace/redact.ts";
import type { RecordAttributes } from "../../trace/record.ts";
import { baseName } from "../profiles/command_line.ts";
import { nameOfCommand } from "../system/proc_name.ts";
import type { Kind, WitnessProcess, WitnessSpan } from "../witness.ts";

/** What one process has told. */
export interface ProcessRecords {
  readonly process: WitnessProcess;
  readonly spans: readonly WitnessSpan[];
  /** Functions that were looked for and are not there: `module:qualname`. */
  readonly absent: readonly string[];
  /** When the function ended by which a start is over. */
  readonly ready?: bigint;
  /** When it had written all that a process may write. */
  readonly limited?: bigint;
}

/** A record as `python_probe.py` writes it; times are texts, as numbers do not reach that far. */
interface ProbeRecord {
  readonly k: string;
  /** Start and end; the thread; CPU in µs, minor and major faults, blocks of 512 bytes read. */
  readonly s?: string;
  readonly e?: string;
  readonly t?: number;
  readonly u?: readonly number[];
  /** A name; an error; of a function: where it is, its phase and kind. */
  readonly n?: string;
  readonly x?: string;
  readonly w?: string;
  readonly p?: string;
  readonly d?: Exclude<Kind, "container">;
  /** The process id of a child program; the generation that was collected. */
  readonly c?: number;
  readonly g?: number;
  readonly how?: "exec" | "fork";
  readonly pid?: number;
  readonly parent?: number;
  readonly born?: string;
  readonly version?: string;
  readonly runtime?: string;
  readonly args?: readonly string[];
}

/**
 * What one process has told.
 *
 * @param text Its file: a line for each record, the last of which a crash or a full disk may have cut
 * off.
 * @returns `undefined` if it did not even say who it is.
 */
export function readRecords(text: string): ProcessRecords | undefined {
  const records = text.split("\n").map(parsed).filter((record) => record !== undefined);
  const firsts = records.filter(({ k }) => k === "process");
  const first = firsts[0];
  const pid = first?.pid;
  if (first === undefined || pid === undefined) return undefined;
  const spans = new Map<string, WitnessSpan>();
  for (const record of records) {
    const span = spanOf(record, pid);
    // What was told when it began is told again when it has ended.
    if (span) spans.set(`${record.k} ${record.t} ${record.s} ${span.name}`, span);
  }
  const find = (kind: string) => timeOf(records.find(({ k }) => k === kind)?.s);
  const ready = find("ready");
  const limited = find("limit");
  const name = records.findLast(({ k }) => k === "name")?.n;
  const args = redactArgs((firsts.at(-1) ?? first).args ?? []);
  const process: WitnessProcess = {
    pid,
    parent: first.parent,
    name: name ?? (first.how === "fork" ? undefined : nameOfCommand(args)),
    born: timeOf(first.born),
    arrived: timeOf(first.s),
    exiting: find("exit"),
    attributes: {
      "process.command_args": args,
      ...(first.version && { "process.runtime.version": first.version }),
      ...(first.runtime && { "process.runtime.name": first.runtime }),
    },
  };
  return {
    process,
    spans: [...spans.values(), ...changesOf(records, pid)],
    absent: records.filter(({ k }) => k === "missing").map(({ w = "" }) => w),
    ...(ready !== undefined && { ready }),
    ...(limited !== undefined && { limited }),
  };
}

/** The time in which a process took on another program (exec), up to its arrival in Python. */
function changesOf(records: readonly ProbeRecord[], pid: number): WitnessSpan[] {
  const changes: WitnessSpan[] = [];
  let from: ProbeRecord | undefined;
  for (const record of records) {
    const start = timeOf(from?.s);
    if (record.k === "process" && start !== undefined) {
      const name = `exec ${baseName(from?.n ?? "")}`;
      changes.push({
        source: "probe",
        pid,
        thread: pid,
        name,
        phase: "process_start",
        kind: "work",
        start,
        end: timeOf(record.s),
      });
    }
    from = record.k === "exec" ? record : undefined;
  }
  return changes;
}

function spanOf(record: ProbeRecord, pid: number): WitnessSpan | undefined {
  const { k, t, n = "", x } = record;
  const start = timeOf(record.s);
  const told = start === undefined ? undefined : TELLS[k]?.(record, n);
  if (start === undefined || told === undefined) return undefined;
  return {
    source: "probe",
    pid,
    ...(t !== undefined && { thread: t }),
    start,
    end: timeOf(record.e),
    ...(x !== undefined && { error: redactText(x) }),
    ...told,
    attributes: {
      ...(t !== undefined && { "thread.id": t }),
      ...told.attributes,
      ...usageOf(record.u),
    },
  };
}

type Told = Pick<WitnessSpan, "name" | "phase" | "kind" | "where" | "attributes">;

/** What each kind of record tells. */
const TELLS: Readonly<Record<string, (record: ProbeRecord, name: string) => Told>> = {
  import: (_, name) => ({
    name: `import ${name}`,
    phase: "import",
    kind: "work",
    attributes: { "coldtrace.import.module": name },
  }),
  call: ({ w, p, d = "wait" }, name) => ({ name, phase: p, kind: d, where: w }),
  gc: ({ g = 0 }) => ({
    name: "gc",
    phase: "gc",
    kind: "work",
    attributes: { "coldtrace.gc.generation": g },
  }),
  child: ({ c = 0 }, name) => ({
    name,
    phase: "child",
    kind: "tool",
    attributes: { [CHILD_PID]: c },
  }),
};

/** The attribute that has the process id of the child program that a span waits for. */
export const CHILD_PID = "coldtrace.child.pid";

function usageOf(usage: readonly number[] | undefined): RecordAttributes {
  const [cpu, minor, major, blocks] = usage ?? [];
  return {
    ...(cpu !== undefined && { "coldtrace.cpu_time_ms": cpu / 1000 }),
    ...(minor !== undefined && { "coldtrace.page_faults.minor": minor }),
    ...(major !== undefined && { "coldtrace.page_faults.major": major }),
    ...(blocks !== undefined && { "coldtrace.bytes_read": blocks * 512 }),
  };
}

function parsed(line: string): ProbeRecord | undefined {
  try {
    const record: unknown = JSON.parse(line);
    return typeof record === "object" && record !== null ? record as ProbeRecord : undefined;
  } catch {
    return undefined;
  }
}

function timeOf(text: string | undefined): bigint | undefined {
  return text !== undefined && /^\d+$/.test(text) ? BigInt(text) : undefined;
}
