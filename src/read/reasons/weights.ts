import type { SpanRecord } from "../../trace/record.ts";
import { labeller } from "../labels.ts";
import { lengthOf, pathThrough } from "../on_path.ts";
import { byIdOf } from "../partition/segments.ts";
import type { Start } from "../start.ts";
import { isLlama, isPhase, isVllm, numberFact, numberOf, textFact } from "./_facts.ts";
import { bytes, counted, largest, seconds } from "./_amounts.ts";
import { CACHED, CACHED_SHOWS } from "./cold.ts";
import { commandOf, withArgs, withOption, withoutArg } from "./proof.ts";
import type { Finding, Trial } from "./reason.ts";

const GIB = 2 ** 30;
/** vLLM's spans, as they are in a trace that coldtrace did not make. */
const LOADS = ["Loading (GPU)", "Loading (CPU)", "Load model", "Initialize model", "Load weights"];
/** What reads them, where it is not known whether they are dummies: the others are there for those, too. */
const READS = /^load weights$/i;
/** Filesystems behind a network, as vLLM's log names them. */
const NETWORK = /^(?:NFS|CIFS|SMB|LUSTRE|CEPH|FUSE|9P|GPFS|BEEGFS)/i;

/**
 * The weights are read, and made ready.
 *
 * Sources: the spans of phase `weights`; `Filesystem type for checkpoints` and `Loading weights took` in
 * vLLM's log; page faults and reads of the probe's functions (getrusage(2)). Load formats and
 * `--safetensors-load-strategy`: `vllm/config/load.py` 0.32.0. With mmap llama.cpp reads what it
 * touches, as page faults; measured with a file of 802 MB that was not in the page cache: 0.36 s with
 * mmap, 1.2 s without, and 0.13 s more of warm-up with it.
 *
 * Where the weights are dummies nothing is read, and nothing is said; where nothing tells whether they
 * are, only vLLM's spans that read count. What is of another phase meanwhile is not counted, imports,
 * collections and the tokenizer: dummies would not save it, and `coldtrace time` has it elsewhere.
 */
export function weights(start: Start): Finding | undefined {
  if (textFact(start, "coldtrace.engine.load_format") === "dummy") return undefined;
  const labelsOf = labeller(start);
  const path = pathThrough(start, loadsOf(start))
    .filter((segment) => isOwn(labelsOf(segment).phase));
  if (path.length === 0) return undefined;
  const names = Map.groupBy(path, ({ owner }) => owner.name);
  const disk = diskOf(start);
  const trial = trialFor(start, disk);
  return {
    id: "weights",
    title: "Loading the weights",
    time: path,
    isUpTo: true,
    evidence: [
      largest(new Map([...names].map(([name, parts]) => [name, lengthOf(parts)])), 4),
      ...rateOf(start),
      ...diskLine(start, disk),
    ],
    remedy: remedyFor(start, disk),
    ...(trial && { trial }),
  };
}

function loadsOf(start: Start): (span: SpanRecord) => boolean {
  const isTold = textFact(start, "coldtrace.engine.load_format") !== undefined;
  return (span) =>
    READS.test(span.name) || isPhase(span, "weights") && (isTold || !isVllm(start)) ||
    isTold && LOADS.includes(span.name);
}

/** Whether a phase is theirs, by its name or, where there is none, that of the span. */
function isOwn(phase: string): boolean {
  return phase === "weights" || READS.test(phase) || LOADS.includes(phase);
}

function rateOf(start: Start): string[] {
  const size = (numberFact(start, "coldtrace.engine.checkpoint_gib") ?? 0) * GIB;
  const took = numberFact(start, "coldtrace.engine.weights_seconds") ?? 0;
  const filesystem = textFact(start, "coldtrace.engine.weights_filesystem");
  const from = filesystem === undefined ? "" : `, from ${filesystem}`;
  if (size === 0 || took === 0) {
    return filesystem === undefined ? [] : [`they are on ${filesystem}`];
  }
  return [
    `${bytes(size)} in ${seconds(BigInt(Math.round(took * 1e9)))}: ` +
    `${bytes(size / took)} per second${from}`,
  ];
}

/** What was read from the disk, and how often a page was waited for. */
interface Disk {
  readonly read: number;
  readonly faults: number;
}

/** What the topmost functions that load them had from the disk; `undefined` where nothing tells. */
function diskOf(start: Start): Disk | undefined {
  const byId = byIdOf(start);
  const isLoad = loadsOf(start);
  const isWeights = (span: SpanRecord | undefined) => span !== undefined && isLoad(span);
  const tops = start.spans.filter((span) =>
    isWeights(span) && !isWeights(byId.get(span.parentSpanId ?? "")) &&
    span.attributes["coldtrace.page_faults.major"] !== undefined
  );
  if (tops.length === 0) {
    const all = numberFact(start, "coldtrace.disk_read_bytes");
    return all === 0 ? { read: 0, faults: 0 } : undefined;
  }
  const sum = (name: string) => tops.reduce((total, span) => total + numberOf(span, name), 0);
  return { read: sum("coldtrace.bytes_read"), faults: sum("coldtrace.page_faults.major") };
}

/** Whether all of it was in memory before. What comes by network is not always counted. */
function isCached(start: Start, disk: Disk | undefined): boolean {
  return disk !== undefined && disk.read + disk.faults === 0 && !isRemote(start);
}

function isFromDisk(disk: Disk | undefined): boolean {
  return disk !== undefined && disk.read + disk.faults > 0;
}

function isRemote(start: Start): boolean {
  return NETWORK.test(textFact(start, "coldtrace.engine.weights_filesystem") ?? "");
}

function diskLine(start: Start, disk: Disk | undefined): string[] {
  if (isCached(start, disk)) return ["nothing of it came from the disk: it was in the page cache"];
  if (disk === undefined || !isFromDisk(disk)) return [];
  const { read, faults } = disk;
  return [`${bytes(read)} came from the disk, with ${counted(faults, "major page fault")}`];
}

function isMapped(start: Start): boolean {
  return commandOf(start)?.includes("--no-mmap") !== true;
}

function remedyFor(start: Start, disk: Disk | undefined): string {
  const cached = isCached(start, disk);
  const place = isRemote(start) ? "a local disk" : "a faster disk";
  const unless = disk === undefined && !isRemote(start)
    ? ", unless it was there, which nothing tells"
    : "";
  if (isLlama(start) && !isMapped(start)) {
    return "no --no-mmap: what is mapped is read only when it is needed, some of it after ready";
  }
  if (isLlama(start)) {
    return (cached
      ? "a smaller quantization: no disk would be faster"
      : `a smaller quantization, ${place}, or the file in the page cache before it starts${unless}`) +
      ". The command below reads the file as a whole: what mapping it is worth";
  }
  if (!isVllm(start)) {
    return cached
      ? "fewer bytes: no disk would be faster"
      : `${place}, fewer bytes, or the file in the page cache before${unless}` +
        (isFromDisk(disk) ? `. ${CACHED_SHOWS}` : "");
  }
  return (cached
    ? "a smaller quantization: no disk would be faster; "
    : isRemote(start)
    ? `${place}, or --safetensors-load-strategy prefetch, which reads whole files ahead; `
    : `${place}${unless && ", unless they were in the page cache, which nothing tells"}; `) +
    "--load-format runai_streamer or fastsafetensors, where they are installed, read with more " +
    "threads. --load-format dummy, below, makes them up instead, which takes time, too";
}

function trialFor(start: Start, disk: Disk | undefined): Trial | undefined {
  if (isVllm(start)) return { name: "dummy", change: withOption("--load-format", "dummy") };
  if (isLlama(start) && !isMapped(start)) {
    return { name: "mapped", change: withoutArg("--no-mmap") };
  }
  if (isLlama(start)) return { name: "read", change: withArgs("--no-mmap") };
  return isFromDisk(disk) ? CACHED : undefined;
}
