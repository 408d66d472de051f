/**
 * The critical path of a start, step by step, backwards.
 *
 * @module
 */
import type { SpanRecord } from "../trace/record.ts";
import { wayTo } from "./_way_to.ts";
import { labeller } from "./labels.ts";
import type { Segment } from "./partition/partition.ts";
import { segmentsOf } from "./partition/segments.ts";
import type { Start } from "./start.ts";

/** What the critical path is followed back from. */
export interface Target {
  /** `ready`, `first token`, `end` where the start did not get ready, or the name of a span. */
  readonly name: string;
  /** The span at whose end it is. */
  readonly span?: SpanRecord;
  /** Of how many spans of that name this is the last one to end. */
  readonly among?: number;
  /** When it is, in nanoseconds since the Unix epoch. */
  readonly at: bigint;
}

/** One stretch of the critical path: a segment, or several that are told as one. */
export interface Step {
  /** When it begins, from launch on, in nanoseconds. */
  readonly start: bigint;
  /** What it took of the path, in nanoseconds. */
  readonly ns: bigint;
  /** `span`; `gap`, where no span explains the time; `smaller`, for several that are told as one. */
  readonly kind: "span" | "gap" | "smaller";
  /**
   * The span's name, of several imports `import` and the package; of a gap `unattributed in NAME`;
   * empty where several are told as one.
   */
  readonly name: string;
  /** The package of an import; else the name. */
  readonly part: string;
  /** The phase; absent for a gap and where several are told as one. */
  readonly phase?: string | undefined;
  /** Who did it; absent for a gap. */
  readonly process?: string | undefined;
  /** The witness; absent for a gap and where several are told as one. */
  readonly source?: string | undefined;
  /** The span, where it is one. */
  readonly span?: SpanRecord | undefined;
  /** Of a gap: what the path came through before; absent at launch. */
  readonly previous?: SpanRecord | undefined;
  /** Of a gap: what the path went through after; absent at the target. */
  readonly next?: SpanRecord | undefined;
  /** How many segments it consists of. */
  readonly count: number;
  /** Of several that are told as one: what they were, and what that took, the largest first. */
  readonly names?: readonly { readonly name: string; readonly ns: bigint }[];
}

/**
 * Finds what to follow the critical path back from.
 *
 * @param start the start.
 * @param to `ready`, `first-token`, or the name or id of a span that ends after launch; of several
 * spans of one name, the last one to end counts. An open span ends with the start.
 * @returns it, or nothing where there is no such moment or span.
 */
export function targetOf(start: Start, to?: string): Target | undefined {
  if (to === undefined && !start.ready) return { name: "end", at: start.end };
  if (to === undefined || to === "ready") {
    return start.ready ? { name: "ready", at: start.end } : undefined;
  }
  if (to === "first-token") {
    const { firstToken: at } = start;
    return at === undefined ? undefined : { name: "first token", at };
  }
  const endOf = ({ endTimeUnixNano = start.end }: SpanRecord) => endTimeUnixNano;
  const all = start.spans.filter((span) => endOf(span) > start.launch);
  const byId = all.filter(({ spanId }) => spanId === to);
  const found = byId.length > 0 ? byId : all.filter(({ name }) => name === to);
  const [first, ...others] = found;
  if (first === undefined) return undefined;
  const span = others.reduce((last, other) => endOf(other) > endOf(last) ? other : last, first);
  return { name: span.name, span, among: found.length, at: endOf(span) };
}

/**
 * Follows the critical path of a start back from a moment: the partition of what lies between
 * launch and that, so that its steps sum to it. An interval that no span explains is a step, too. To a
 * span it is the way that leads to that: what ran beside it is not on it.
 *
 * @param start the start.
 * @param target where it ends; from {@linkcode targetOf}.
 * @returns its segments, the last one first.
 */
export function chain(start: Start, target: Target): Step[] {
  const { span: to, at } = target;
  const segments = to
    ? wayTo(start, to, at)
    : segmentsOf(at === start.end ? start : { ...start, end: at });
  const labelsOf = labeller(start);
  let owned: SpanRecord | undefined;
  const previous = segments.map(({ owner = owned }) => owned = owner);
  const steps: Step[] = [];
  for (let i = segments.length - 1, next: SpanRecord | undefined; i >= 0; i--) {
    const segment = segments[i] as Segment;
    const { owner, start: from, end } = segment;
    const { phase, process, source, part } = labelsOf(segment);
    const common = { start: from - start.launch, ns: end - from, count: 1, part };
    if (owner !== undefined) {
      const name = owner.name;
      steps.push({ ...common, kind: "span", name, phase, process, source, span: owner });
    } else {
      steps.push({ ...common, kind: "gap", name: part, previous: previous[i], next });
    }
    next = owner ?? next;
  }
  return steps;
}

/** Steps of their own, in a chain that is folded: at most so many, */
const MOST = 10;
/** and of at least this part of the whole. */
const LARGE = 50n;
/** Several of one process are told by themselves from this part of the whole on. */
const SMALL = 100n;

/**
 * Tells what is small in a chain as little as it is. Neighbours of one process and phase that are
 * of one name, or import one package, are told as one, and so are neighbouring gaps. Of these, the
 * ten largest of at least 2 % are kept. What lies between two of them is one step for each process
 * that has 1 % of the whole at a time, and the rest is told as one, whoever it was.
 *
 * @param steps a chain.
 * @returns fewer steps, of the same sum.
 */
export function fold(steps: readonly Step[]): Step[] {
  const joined = joinRuns(steps, (a, b) =>
    a.kind === b.kind && a.process === b.process &&
    (a.kind === "gap" || (a.phase === b.phase && a.part === b.part)));
  const total = steps.reduce((sum, { ns }) => sum + ns, 0n);
  const large = new Set(
    joined.filter(({ ns }) => ns * LARGE >= total)
      .sort((a, b) => a.ns === b.ns ? 0 : a.ns > b.ns ? -1 : 1)
      .slice(0, MOST),
  );
  // A short gap interrupts nobody.
  const whose = new Map<Step, string | undefined>();
  let process: string | undefined;
  for (const step of joined) {
    const isShort = step.kind === "gap" && step.ns * SMALL < total;
    whose.set(step, process = isShort ? process : step.process);
  }
  const byProcess = joinRuns(
    joined,
    (a, b) => !large.has(a) && !large.has(b) && whose.get(a) === whose.get(b),
  );
  return joinRuns(
    byProcess,
    (a, b) => !large.has(a) && !large.has(b) && a.ns * SMALL < total && b.ns * SMALL < total,
  );
}

/** Tells neighbours as one where each belongs with the next one. */
function joinRuns(steps: readonly Step[], belong: (a: Step, b: Step) => boolean): Step[] {
  const runs: Step[][] = [];
  for (const step of steps) {
    const run = runs.at(-1);
    const last = run?.at(-1);
    if (run && last && belong(last, step)) run.push(step);
    else runs.push([step]);
  }
  return runs.map(joinSteps);
}

function joinSteps(run: readonly Step[]): Step {
  const [last, first] = [run[0] as Step, run.at(-1) as Step];
  if (run.length === 1) return last;
  const sum = {
    start: first.start,
    ns: run.reduce((sum, { ns }) => sum + ns, 0n),
    count: run.reduce((sum, { count }) => sum + count, 0),
  };
  const is = (key: "kind" | "name" | "part" | "phase" | "process") =>
    run.every((step) => step[key] === last[key]);
  if (last.kind === "gap" && is("kind")) {
    const { previous, name, part } = first;
    return {
      ...sum,
      kind: "gap",
      name: is("name") ? name : "unattributed",
      part,
      previous,
      next: last.next,
    };
  }
  if (last.kind === "span" && is("kind") && is("part") && is("phase") && is("process")) {
    const { part, phase, process, source, span } = last;
    const isOne = run.every((step) => step.span === span);
    const name = is("name") ? last.name : labelOf(last);
    return {
      ...sum,
      kind: "span",
      name,
      part,
      phase,
      process,
      source,
      span: isOne ? span : undefined,
    };
  }
  const names = run.flatMap((step) => step.names ?? [{ name: labelOf(step), ns: step.ns }]);
  const processes = new Set(run.map(({ process }) => process).filter(Boolean));
  const process = processes.size === 1 ? [...processes][0] : undefined;
  return { ...sum, kind: "smaller", name: "", part: "", process, names: largestNames(names) };
}

type Names = NonNullable<Step["names"]>;

/** Sums by names, the largest first. */
function largestNames(names: Names): Names {
  const sums = new Map<string, bigint>();
  for (const { name, ns } of names) sums.set(name, (sums.get(name) ?? 0n) + ns);
  return [...sums].map(([name, ns]) => ({ name, ns }))
    .sort((a, b) => a.ns === b.ns ? 0 : a.ns > b.ns ? -1 : 1);
}

function labelOf({ kind, phase, name, part }: Step): string {
  if (kind === "gap") return "gap";
  return name === part ? name : `${phase} ${part}`;
}
