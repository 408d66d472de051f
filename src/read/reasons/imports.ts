import { lengthOf, type OwnedSegment, pathThrough } from "../on_path.ts";
import { processOf } from "../rows.ts";
import type { Start } from "../start.ts";
import { isPhase, isVllm, textFact } from "./_facts.ts";
import { isImport, packageOf, usageOnPath } from "./_imports.ts";
import { bytes, counted, largest, seconds } from "./_amounts.ts";
import { CACHED, CACHED_SHOWS } from "./cold.ts";
import { commandOf, withEnv } from "./proof.ts";
import type { Finding, Trial } from "./reason.ts";

/** Where a command, or its shell script, turns bytecode off; an empty value does not. */
const NO_BYTECODE = /\b(PYTHONDONTWRITEBYTECODE=)[^\s;&]+/;

/**
 * Python processes import packages, often several of them the same ones.
 *
 * Sources: the probe's imports with their CPU time, page faults and reads (getrusage(2)). Bytecode:
 * `PYTHONPYCACHEPREFIX` and `PYTHONDONTWRITEBYTECODE` (docs.python.org, "Command line and
 * environment"), vLLM #55422 (fresh containers compile thousands of files during startup). Whether it
 * is there, no trace tells: starts with a folder of their own for it do. Fewer
 * imports: `vllm serve` sets `VLLM_WORKER_MULTIPROC_METHOD=spawn` unless it is set (`cli_env_setup`,
 * 0.32.0); with `fork` children have what their parent imported; it turns back to `spawn` where CUDA
 * is initialised (`_maybe_force_spawn`), and always on CPU (`platforms/cpu.py`), so it is not
 * proposed there. `VLLM_ENABLE_V1_MULTIPROCESSING=0` is for `LLM` only: the server always has an
 * engine core process (`make_async_mp_client`).
 *
 * Contains the garbage collections that interrupt imports, and overlaps with what imports as it
 * goes: the inspection of a model's class, compilation.
 */
export function imports(start: Start): Finding | undefined {
  const path = pathThrough(start, isImport);
  if (path.length === 0) return undefined;
  const byProcess = Map.groupBy(path, ({ owner }) => processOf(owner));
  const times = lengths(byProcess);
  const most = [...times.values()].reduce((a, b) => a > b ? a : b);
  // Helpers like multiprocessing's resource tracker import next to nothing.
  const importers = new Map([...times].filter(([, ns]) => ns * 10n >= most));
  const heavy = importers.size;
  return {
    id: "imports",
    title: heavy > 1 ? `${heavy} processes import packages` : "Importing packages",
    time: path,
    isUpTo: true,
    evidence: [
      largest(importers, 6),
      `by package: ${largest(byPackage(path), 5)}`,
      ...repeatedIn(byProcess),
      ...collectedIn(path),
      ...usageIn(start),
      ...(hasNoBytecode(start) ? ["its command sets PYTHONDONTWRITEBYTECODE"] : []),
    ],
    remedy: remedyFor(start, heavy),
    trial: trialFor(start, heavy),
  };
}

function lengths(groups: ReadonlyMap<string, readonly OwnedSegment[]>): Map<string, bigint> {
  return new Map([...groups].map(([name, segments]) => [name, lengthOf(segments)]));
}

function byPackage(path: readonly OwnedSegment[]): Map<string, bigint> {
  const imported = path.filter(({ owner }) => isImport(owner));
  return lengths(Map.groupBy(imported, ({ owner }) => packageOf(owner) ?? owner.name));
}

/** What went into packages that an earlier process had imported already. */
function repeatedIn(byProcess: ReadonlyMap<string, readonly OwnedSegment[]>): string[] {
  const seen = new Set<string>();
  let again = 0n;
  for (const path of byProcess.values()) {
    const packages = byPackage(path);
    for (const [name, ns] of packages) if (seen.has(name)) again += ns;
    for (const name of packages.keys()) seen.add(name);
  }
  return again === 0n ? [] : [
    `${seconds(again)} of it is packages that another of these processes had imported before`,
  ];
}

function collectedIn(path: readonly OwnedSegment[]): string[] {
  const ns = lengthOf(path.filter(({ owner }) => isPhase(owner, "gc")));
  return ns === 0n ? [] : [`${seconds(ns)} of it is garbage collection`];
}

function usageIn(start: Start): string[] {
  const { ns, cpu, read, faults } = usageOnPath(start);
  if (ns === 0n) return [];
  const disk = read === 0 && faults === 0
    ? "nothing was read from disk"
    : `${bytes(read)} were read from disk, with ${counted(faults, "major page fault")}`;
  return [`${cpu * 100n / ns} % of its time is CPU time; ${disk}`];
}

function canFork(start: Start, processes: number): boolean {
  const device = textFact(start, "coldtrace.engine.device") ?? "";
  return isVllm(start) && processes > 1 && /^cuda\b/.test(device);
}

/** Whether the command has no process of it keep bytecode. */
function hasNoBytecode(start: Start): boolean {
  return commandOf(start)?.some((word) => NO_BYTECODE.test(word)) === true;
}

/** Whether imports spent most of their time waiting, and read from the disk. */
function waitsForDisk(start: Start): boolean {
  const { ns, cpu, read, faults } = usageOnPath(start);
  return read + faults > 0 && cpu * 2n < ns;
}

function remedyFor(start: Start, processes: number): string {
  const fork = "VLLM_WORKER_MULTIPROC_METHOD=fork has child processes inherit what is imported, " +
    "where CUDA is not initialised before";
  const fewer = canFork(start, processes)
    ? fork
    : processes > 1
    ? "fewer packages, or fewer processes that import them"
    : "fewer packages";
  if (hasNoBytecode(start)) {
    return `${fewer}; and no PYTHONDONTWRITEBYTECODE: what has no bytecode yet is compiled by each process`;
  }
  const bytecode = `${fewer}; and see that their bytecode is in the image (python -m compileall; ` +
    "with uv UV_COMPILE_BYTECODE=1), which no trace tells";
  if (canFork(start, processes)) return bytecode;
  if (waitsForDisk(start)) {
    return `${fewer}, a faster disk, or their files in the page cache before. ${CACHED_SHOWS}`;
  }
  return `${bytecode}. The command below keeps it in a folder: that is faster only where it is ` +
    "neither there nor kept";
}

function trialFor(start: Start, processes: number): Trial {
  if (canFork(start, processes)) {
    return { name: "fork", change: withEnv({ VLLM_WORKER_MULTIPROC_METHOD: "fork" }) };
  }
  if (waitsForDisk(start) && !hasNoBytecode(start)) return CACHED;
  // In a folder of its own, which the command as it is does not read. The image can turn it off, too.
  const kept = withEnv({
    PYTHONDONTWRITEBYTECODE: "",
    PYTHONPYCACHEPREFIX: "/var/tmp/coldtrace/pycache",
  });
  return {
    name: "bytecode",
    change: (words) => kept(words.map((word) => word.replace(NO_BYTECODE, "$1"))),
    keeps: true,
  };
}
