import type { RecordEvent } from "../../trace/record.ts";
import type { Source, WitnessSpan } from "../witness.ts";

/** Whom to believe before whom about the same thing. */
const BELIEVED: readonly Source[] = ["probe", "otlp", "log", "process", "readiness"];

/** A span with an end. */
export type EndedSpan = WitnessSpan & { readonly end: bigint };

/** Which of two witnesses is believed, as `Array.sort` has it. */
export function byBelief(a: WitnessSpan, b: WitnessSpan): number {
  return BELIEVED.indexOf(a.source) - BELIEVED.indexOf(b.source);
}

/**
 * Has each thing stand once that several witnesses tell of one process. What the others say of it
 * becomes events of the span that is kept: when it began and ended by their account.
 *
 * Two spans tell of the same call if they name the same function and overlap. A span of the log,
 * which is as exact as its lines are, tells of the same as others if those of its phase cover half of
 * it, or if one that works covers nearly all of it.
 */
export function foldSpans(spans: readonly EndedSpan[]): EndedSpan[] {
  const kept: EndedSpan[] = [];
  for (const span of spans.toSorted(byBelief)) {
    const same = span.source === "log" ? samePhase(span, kept) : sameCall(span, kept);
    if (same === undefined) kept.push(span);
    else kept[kept.indexOf(same)] = folded(same, span);
  }
  return kept;
}

function sameCall(span: EndedSpan, kept: readonly EndedSpan[]): EndedSpan | undefined {
  if (span.where === undefined) return undefined;
  const others = kept.filter(({ where, source }) => where === span.where && source !== span.source);
  return longestOverlap(span, others);
}

function samePhase(span: EndedSpan, kept: readonly EndedSpan[]): EndedSpan | undefined {
  const length = span.end - span.start;
  const better = kept.filter(({ source }) => source !== "log");
  const others = better.filter(({ phase }) => phase !== undefined && phase === span.phase);
  if (2n * covered(span, others) >= length) {
    const longest = longestOverlap(span, others);
    if (longest !== undefined) return longest;
  }
  if (length === 0n) return undefined;
  // Or it is what one of them was doing, by another name; the innermost of those.
  return better
    .filter((one) => one.kind === "work" || one.kind === "tool")
    .filter((one) => 10n * covered(span, [one]) >= 9n * length)
    .toSorted((a, b) => Number((a.end - a.start) - (b.end - b.start)))[0];
}

/** How much of a span others cover together, in nanoseconds. */
function covered(span: EndedSpan, others: readonly EndedSpan[]): bigint {
  let total = 0n;
  let from = span.start;
  for (const { start, end } of others.toSorted((a, b) => Number(a.start - b.start))) {
    const begin = start > from ? start : from;
    const stop = end < span.end ? end : span.end;
    if (stop <= begin) continue;
    total += stop - begin;
    from = stop;
  }
  return total;
}

function longestOverlap(span: EndedSpan, others: readonly EndedSpan[]): EndedSpan | undefined {
  let best: { other: EndedSpan; overlap: bigint } | undefined;
  for (const other of others) {
    const start = other.start > span.start ? other.start : span.start;
    const end = other.end < span.end ? other.end : span.end;
    const overlap = end - start;
    if (overlap >= 0n && (best === undefined || overlap > best.overlap)) best = { other, overlap };
  }
  return best?.other;
}

/** What is kept, with what the other says besides. */
function folded(kept: EndedSpan, other: EndedSpan): EndedSpan {
  const { name, source } = other;
  const mark = (what: string, timeUnixNano: bigint): RecordEvent => ({
    timeUnixNano,
    name: `${name} ${what}`,
    attributes: { "coldtrace.source": source },
  });
  const events = [
    ...kept.events ?? [],
    ...other.events ?? [],
    mark("begins", other.start),
    mark("ends", other.end),
  ];
  const { ids = kept.ids, scope = kept.scope, error = kept.error } = other;
  return {
    ...kept,
    ...(ids && { ids }),
    ...(scope && { scope }),
    ...(error !== undefined && { error }),
    attributes: { ...other.attributes, ...kept.attributes },
    events: events.sort((a, b) => Number(a.timeUnixNano - b.timeUnixNano)),
  };
}
