import type { RecordAttributes } from "../../trace/record.ts";
import type { ProcessSample, WitnessProcess, WitnessSpan } from "../witness.ts";

/** A process of the engine, as all witnesses together know it. */
export interface KnownProcess {
  readonly pid: number;
  /** The process below which it is shown; absent for the engine's own. */
  readonly parent?: number;
  /** What it is called; no two of a start have one name. */
  readonly name: string;
  readonly born: bigint;
  readonly arrived?: bigint | undefined;
  readonly exiting?: bigint | undefined;
  readonly died?: bigint | undefined;
  readonly samples?: readonly ProcessSample[] | undefined;
  readonly attributes: RecordAttributes;
}

/** What is known of the engine's own process. */
export interface EngineProcess {
  readonly pid: number;
  /** What it is called, where no witness knows better. */
  readonly name: string;
  /** When it was launched. */
  readonly launch: bigint;
}

/** What has been gathered of a process; the first that knows something is believed. */
type Gathered = { -readonly [K in keyof WitnessProcess]: WitnessProcess[K] } & { pid: number };

/**
 * Joins what witnesses know of processes, and gives those that show by their spans alone.
 *
 * @param told What they know, in the order in which they are believed.
 * @param spans All spans.
 * @returns By process id, parents before their children.
 */
export function joinProcesses(
  told: readonly WitnessProcess[],
  spans: readonly WitnessSpan[],
  engine: EngineProcess,
): ReadonlyMap<number, KnownProcess> {
  const gathered = gather(told, spans);
  const own = gathered.get(engine.pid) ?? { pid: engine.pid };
  gathered.set(engine.pid, { ...own, name: own.name ?? engine.name, born: engine.launch });
  const parentOf = parents(gathered, spans, engine.pid);

  const known = new Map<number, KnownProcess>();
  const names = new Set<string>();
  const children = Map.groupBy(gathered.values(), ({ pid }) => parentOf.get(pid));
  const queue = children.get(undefined) ?? [];
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    const { pid, name = `process ${pid}`, born = engine.launch, attributes = {} } = next;
    const { parent: _, ...rest } = next;
    const parent = parentOf.get(pid);
    known.set(pid, {
      ...rest,
      ...(parent !== undefined && { parent }),
      name: unlike(names, name),
      // What the system's clock ticks say can be 10 ms early.
      born: born > engine.launch ? born : engine.launch,
      attributes,
    });
    const below = children.get(pid) ?? [];
    queue.push(...below.sort((a, b) => Number((a.born ?? 0n) - (b.born ?? 0n)) || a.pid - b.pid));
  }
  return known;
}

function gather(
  told: readonly WitnessProcess[],
  spans: readonly WitnessSpan[],
): Map<number, Gathered> {
  const gathered = new Map<number, Gathered>();
  for (const process of told) {
    const { pid } = process;
    const before = gathered.get(pid);
    const attributes = { ...process.attributes, ...before?.attributes };
    gathered.set(pid, { ...process, ...definedOf(before), attributes, pid });
  }
  const seenBorn = new Set(told.filter(({ born }) => born !== undefined).map(({ pid }) => pid));
  for (const { pid, start } of spans) {
    if (pid === undefined) continue;
    const process = gathered.get(pid) ?? { pid };
    const { born = start } = process;
    // Of one that nobody saw begin, the first thing that it did.
    const isTold = seenBorn.has(pid);
    gathered.set(pid, { ...process, born: isTold || born < start ? born : start });
  }
  return gathered;
}

/** Without what is not known. */
function definedOf(process: Gathered | undefined): Partial<Gathered> {
  const entries = Object.entries(process ?? {}).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries);
}

/**
 * Below which process each one is shown: below its parent, else below that of which a span is the
 * parent of one of its own, else below the engine's; none goes in circles.
 */
function parents(
  gathered: ReadonlyMap<number, Gathered>,
  spans: readonly WitnessSpan[],
  engine: number,
): Map<number, number> {
  // Several: the workers of vLLM make the same ids, as each seeds the random numbers for itself.
  const owners = Map.groupBy(spans, ({ ids }) => ids?.spanId);
  const inferred = new Map<number, number>();
  for (const { pid, ids } of spans) {
    if (ids?.parentId === undefined || pid === undefined || inferred.has(pid)) continue;
    const above = owners.get(ids.parentId)?.map((owner) => owner.pid) ?? [];
    const [owner] = above;
    if (owner !== undefined && !above.includes(pid)) inferred.set(pid, owner);
  }
  const result = new Map<number, number>();
  for (const { pid, parent } of gathered.values()) {
    if (pid === engine) continue;
    const candidates = [parent, inferred.get(pid)].filter((one) => one !== undefined);
    const above = candidates.find((one) => one !== pid && gathered.has(one)) ?? engine;
    result.set(pid, isBelow(above, pid) ? engine : above);
  }
  return result;

  function isBelow(process: number, above: number): boolean {
    let at: number | undefined = process;
    while (at !== undefined && at !== above) at = result.get(at);
    return at === above;
  }
}

/** A name that no other has. */
function unlike(names: Set<string>, name: string): string {
  let own = name;
  for (let count = 2; names.has(own); count++) own = `${name} ${count}`;
  names.add(own);
  return own;
}
