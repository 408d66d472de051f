import { readStart } from "../../src/read/start.ts";
import type { StoredRun } from "../../src/show/runs_json.ts";
import { LAUNCH, type Sketch, span } from "../read/_spans.ts";

/** A stored run of one root, which was launched `minutes` after the time of the sketches. */
export function storedRun(minutes: number, more: Partial<Sketch> = {}): StoredRun {
  const root = span({
    id: "root",
    start: minutes * 60e9,
    end: minutes * 60e9 + 12_345_600_000,
    ...more,
    attributes: { "coldtrace.engine": "vLLM", ...more.attributes },
    ...(more.events && {
      events: Object.fromEntries(
        Object.entries(more.events).map(([name, time]) => [name, minutes * 60e9 + time]),
      ),
    }),
  });
  const id = `20261123-2134${String(minutes).padStart(2, "0")}-123-x7k2`;
  return {
    id,
    path: `/data/runs/${id}.otlp.jsonl`,
    size: 411_800,
    isOpen: false,
    start: readStart([root]),
  };
}

/** When the sketches begin, as ISO 8601. */
export const LAUNCHED: string = new Date(Number(LAUNCH / 1_000_000n)).toISOString();
