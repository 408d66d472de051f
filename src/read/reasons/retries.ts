import { common, pathThrough, type Stretch } from "../on_path.ts";
import { segmentsOf } from "../partition/segments.ts";
import type { Start } from "../start.ts";
import { numberOf } from "./_facts.ts";
import { counted, seconds } from "./_amounts.ts";
import { logLines } from "./_log.ts";
import { withEnv } from "./proof.ts";
import type { Finding } from "./reason.ts";

/** Lines of huggingface_hub that tell how many seconds are waited before the next attempt. */
const WAITS = [
  /\bRetrying in (?<wait>[\d.]+) ?s\b.*\[Retry \d+\/\d+\]/,
  /\bWaiting (?<wait>[\d.]+) ?s before retry\b.*\[Retry \d+\/\d+\]/,
];

const KEEP = "have what it asks for in the image or on a volume";

/**
 * Something failed, was waited for, and was tried again.
 *
 * Sources: `http_backoff` of huggingface_hub 1.x (`utils/_http.py`), which writes how long it waits; and
 * `http.request.resend_count` of OpenTelemetry's semantic conventions for HTTP, on spans of others. A
 * line that does not say how long is waited is not counted. `HF_HUB_OFFLINE=1` has the hub's library ask nobody, and is
 * proposed where that wrote the line. The
 * OpenTelemetry exporters' own retries are in the background, and not counted.
 *
 * Overlaps with whatever waited.
 */
export function retries(start: Start): Finding | undefined {
  const waits = waitsIn(start);
  const resent = pathThrough(start, (span) => numberOf(span, "http.request.resend_count") > 0);
  const waited = common(segmentsOf(start), union(waits.map(({ stretch }) => stretch)));
  const time = union([...waited, ...resent]);
  const last = waits.at(-1);
  if (time.length === 0) return undefined;
  return {
    id: "retries",
    title: "Waiting to try again",
    time,
    isUpTo: true,
    evidence: [
      ...(last === undefined ? [] : [
        `${counted(waits.length, "retry", "retries")} in the log, with ` +
        `${
          seconds(waits.reduce((sum, { ns }) => sum + ns, 0n))
        } of waiting; the last: ${last.text}`,
      ]),
      ...(resent.length === 0 ? [] : [`requests were sent again in ${resent[0]?.owner.name}`]),
    ],
    ...(last === undefined ? { remedy: KEEP } : {
      remedy: `${KEEP}, and HF_HUB_OFFLINE=1, so that nobody has to be asked`,
      trial: { name: "offline", change: withEnv({ HF_HUB_OFFLINE: "1" }) },
    }),
  };
}

interface Wait {
  readonly text: string;
  readonly ns: bigint;
  readonly stretch: Stretch;
}

function waitsIn(start: Start): Wait[] {
  const waits: Wait[] = [];
  for (const { text, timeUnixNano: from } of logLines(start)) {
    const [line, wait] = WAITS.map((pattern) => pattern.exec(text))
      .find((found) => found !== null) ?? [];
    if (line === undefined) continue;
    const ns = BigInt(Math.round(Number(wait) * 1e9));
    waits.push({ text: line, ns, stretch: { start: from, end: from + ns } });
  }
  return waits;
}

/** Stretches without overlaps, in order of time. */
function union(stretches: readonly Stretch[]): Stretch[] {
  const result: Stretch[] = [];
  for (const stretch of stretches.toSorted((a, b) => a.start < b.start ? -1 : 1)) {
    const last = result.at(-1);
    if (last === undefined || stretch.start > last.end) result.push(stretch);
    else if (stretch.end > last.end) result[result.length - 1] = { ...last, end: stretch.end };
  }
  return result;
}
