import type { Segment } from "../../src/read/partition/partition.ts";
import type { SpanRecord } from "../../src/trace/record.ts";

interface Node {
  span: SpanRecord;
  start: bigint;
  end: bigint;
  container: boolean;
  depth: number;
  children: Node[];
}

/** The partition as the design words it, rule by rule, without a thought for speed. */
export function referencePartition(
  spans: readonly SpanRecord[],
  launch: bigint,
  ready: bigint,
): Segment[] {
  // 1. Clip, drop the empty ones, of a repeated id keep the first by (ended, start).
  const clip = (span: SpanRecord) => {
    const end = span.endTimeUnixNano ?? ready;
    const start = span.startTimeUnixNano;
    return { start: start < launch ? launch : start, end: end > ready ? ready : end };
  };
  const first = (some: readonly SpanRecord[]) => {
    const kept = new Map<string, SpanRecord>();
    const sorted = some.toSorted((a, b) =>
      Number(a.endTimeUnixNano === undefined) - Number(b.endTimeUnixNano === undefined) ||
      Number(a.startTimeUnixNano - b.startTimeUnixNano)
    );
    for (const span of sorted) if (!kept.has(span.spanId)) kept.set(span.spanId, span);
    return kept;
  };
  const surviving = first(spans.filter((span) => clip(span).start < clip(span).end));
  const known = new Map([...first(spans), ...surviving]);

  // 2. The nearest surviving ancestor; orphans and members of cycles hang under the root.
  const parentOf = (span: SpanRecord) => known.get(span.parentSpanId ?? "none");
  const isInCycle = (span: SpanRecord) => {
    const seen = new Set<SpanRecord>();
    for (let at = parentOf(span); at && !seen.has(at); at = parentOf(at)) {
      if (at === span) return true;
      seen.add(at);
    }
    return false;
  };
  const root = { start: launch, end: ready, container: true, depth: 0, children: [] as Node[] };
  const nodes = new Map<string, Node>();
  const plant = (span: SpanRecord): Node => {
    const planted = nodes.get(span.spanId);
    if (planted) return planted;
    let above: SpanRecord | undefined = span;
    do above = isInCycle(above) ? undefined : parentOf(above); while (
      above && !surviving.has(above.spanId)
    );
    const parent = above ? plant(above) : root;
    const container = span.attributes["coldtrace.container"] === true;
    const node = { span, ...clip(span), container, depth: parent.depth + 1, children: [] };
    parent.children.push(node);
    nodes.set(span.spanId, node);
    return node;
  };
  for (const span of surviving.values()) plant(span);

  // 3. Cut at every start and end; visit the pieces from the last to the first.
  const all = [...nodes.values()];
  const cuts = [...new Set([launch, ready, ...all.flatMap(({ start, end }) => [start, end])])]
    .sort((a, b) => Number(b - a));
  type Pick = { node: Node; firm: boolean };
  let justVisited = new Map<unknown, Pick>();
  const segments: Segment[] = [];
  for (let i = 1; i < cuts.length; i++) {
    const [a, b] = [cuts[i] as bigint, cuts[i - 1] as bigint];
    const covers = (node: Node) => node.start <= a && node.end >= b;
    // 4. Covering non-containers with no other one in between.
    const live = ({ children }: { children: Node[] }): Node[] =>
      children.flatMap((child) => !child.container && covers(child) ? [child] : live(child));
    // 5. Go down.
    const picks = new Map<unknown, Pick>();
    let owner: Node | undefined;
    for (;;) {
      const node = owner ?? root;
      const candidates = live(node);
      if (candidates.length === 0) break;
      const previous = justVisited.get(node);
      const held = previous && candidates.includes(previous.node) ? previous : undefined;
      const byStart = (x: Node, y: Node) =>
        Number(x.start - y.start) || (x.span.spanId < y.span.spanId ? -1 : 1);
      const [handingOver] = candidates.filter((node) => node.end === b).sort(byStart);
      const [endsFirst] = candidates
        .toSorted((x, y) => Number(x.end - y.end) || byStart(x, y)) as [Node];
      const pick = held?.firm
        ? held
        : handingOver
        ? { node: handingOver, firm: true }
        : held ?? { node: endsFirst, firm: false };
      picks.set(node, pick);
      owner = pick.node;
    }
    justVisited = picks;
    // 6. The deepest covering container names what is the root's.
    const [box] = owner ? [] : all
      .filter((node) => node.container && covers(node))
      .sort((x, y) =>
        y.depth - x.depth || Number(y.start - x.start) ||
        (x.span.spanId < y.span.spanId ? -1 : 1)
      );
    // 7. Join neighbours.
    const [next] = segments;
    const joined = next && next.owner === owner?.span && next.container === box?.span;
    if (joined) segments.shift();
    segments.unshift({
      start: a,
      end: joined ? next.end : b,
      ...(owner && { owner: owner.span }),
      ...(box && { container: box.span }),
    });
  }
  return segments;
}
