import type { SpanRecord } from "../../trace/record.ts";
import { lengthOf, type OwnedSegment, pathThrough } from "../on_path.ts";
import { processOf } from "../rows.ts";
import type { Start } from "../start.ts";
import { isPhase, isVllm } from "./_facts.ts";
import { seconds } from "./_amounts.ts";
import { withOption } from "./proof.ts";
import type { Finding } from "./reason.ts";

/** `Worker_TP1`, `Worker_DP0_TP1`, `VllmWorker-1`: a rank of several. */
const RANK = /(?:worker|rank|scheduler)[\w-]*\d$/i;
/** What ranks do each for itself. */
const PHASES = ["weights", "import", "compile", "device"];

/**
 * Ranks do one after the other what they could do side by side.
 *
 * Source: the spans of the ranks (vLLM names its workers `Worker_TP0`, `Worker_TP1`...). A phase is
 * serial where no two of them are in it at the same time. Counted is what the path spends in it
 * without the longest of them. Not seen in vLLM 0.32.0, whose ranks overlap.
 *
 * A part of the phases' own reasons.
 */
export function serialRanks(start: Start): Finding | undefined {
  const found = PHASES.map((phase) => ({ phase, path: serialIn(start, phase) }))
    .filter(({ path }) => path.length > 0);
  if (found.length === 0) return undefined;
  return {
    id: "serial-ranks",
    title: "Ranks wait for each other",
    time: found.flatMap(({ path }) => path).toSorted((a, b) => a.start < b.start ? -1 : 1),
    isUpTo: true,
    evidence: found.map(({ phase, path }) =>
      `no two ranks are in ${phase} at the same time; all but the longest: ${
        seconds(lengthOf(path))
      }`
    ),
    remedy:
      "have them load side by side: more processors, no lock that they share, and weights on " +
      "a disk that several can read at once" +
      (isVllm(start)
        ? ". The command below has one rank, where the model fits: what several cost"
        : ""),
    ...(isVllm(start) && {
      trial: { name: "one-rank", change: withOption("--tensor-parallel-size", "1") },
    }),
  };
}

/** What the path spends in a phase of ranks that take turns, without the longest of them. */
function serialIn(start: Start, phase: string): OwnedSegment[] {
  const isRank = (span: SpanRecord) => RANK.test(processOf(span));
  const spans = start.spans.filter((span) => isPhase(span, phase) && isRank(span));
  const hulls = [...Map.groupBy(spans, processOf).values()].map((own) => hullOf(own, start))
    .toSorted((a, b) => a.begin < b.begin ? -1 : 1);
  const isSerial = hulls.length > 1 &&
    hulls.every(({ begin }, i) => i === 0 || begin >= (hulls[i - 1]?.end ?? begin));
  if (!isSerial) return [];
  const path = pathThrough(start, (span) => isPhase(span, phase) && isRank(span));
  const byRank = [...Map.groupBy(path, ({ owner }) => processOf(owner)).values()]
    .toSorted((a, b) => lengthOf(a) > lengthOf(b) ? -1 : 1);
  return byRank.slice(1).flat();
}

function hullOf(spans: readonly SpanRecord[], { end: last }: Start) {
  const [begin = 0n, ...begins] = spans.map((span) => span.startTimeUnixNano);
  const [end = 0n, ...ends] = spans.map((span) => span.endTimeUnixNano ?? last);
  return {
    begin: begins.reduce((a, b) => a < b ? a : b, begin),
    end: ends.reduce((a, b) => a > b ? a : b, end),
  };
}
