import { encodeTraces } from "../../src/otlp/json.ts";
import type { SpanRecord } from "../../src/trace/record.ts";

/** A stored start: what it is called, and how long its phases took. */
export interface SimulatedRun {
  readonly label: string;
  /** Seconds of each phase, one after another. */
  readonly phases: Readonly<Record<string, number>>;
  readonly attributes?: SpanRecord["attributes"];
  /** Whether it died at its end. @default {false} */
  readonly died?: boolean;
}

/** A data directory with such runs, launched one after another a minute apart; it is removed. */
export async function withRuns(
  runs: readonly SimulatedRun[],
  test: (dir: string) => Promise<void>,
): Promise<void> {
  const dir = await Deno.makeTempDir({ prefix: "coldtrace-compare-" });
  try {
    await Deno.mkdir(`${dir}/runs`);
    for (const [i, run] of runs.entries()) {
      const id = `20261128-${String(100_000 + i)}-000-test`;
      const text = `${encodeTraces(spansOf(run, i, id))}\n`;
      await Deno.writeTextFile(`${dir}/runs/${id}.otlp.jsonl`, text);
    }
    await test(dir);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

/** So many starts of each, in turn, with a little noise. */
export function taken(times: number, ...sides: readonly SimulatedRun[]): SimulatedRun[] {
  return Array.from({ length: times }, (_, i) =>
    sides.map((side, turn) => {
      const factor = 1 + ((i * 7 + turn * 3) % 5) / 1000;
      const phases = Object.entries(side.phases).map(([name, seconds]) => [name, seconds * factor]);
      return { ...side, phases: Object.fromEntries(phases) };
    })).flat();
}

function spansOf(run: SimulatedRun, number: number, id: string): SpanRecord[] {
  const launch = 1_795_430_040_000_000_000n + BigInt(number) * 60_000_000_000n;
  const common = {
    traceId: (number + 1).toString(16).padStart(32, "0"),
    flags: 1,
    kind: 1,
    scope: { name: "test" },
    resource: { attributes: { "coldtrace.process": "engine" } },
  };
  let at = launch;
  const spans = Object.entries(run.phases).map(([name, seconds], i): SpanRecord => {
    const start = at;
    at += BigInt(Math.round(seconds * 1e9));
    return {
      ...common,
      spanId: (i + 2).toString(16).padStart(16, "0"),
      parentSpanId: "1".padStart(16, "0"),
      name,
      startTimeUnixNano: start,
      endTimeUnixNano: at,
      attributes: { "coldtrace.phase": name },
      status: { code: 0 },
    };
  });
  const root: SpanRecord = {
    ...common,
    spanId: "1".padStart(16, "0"),
    name: "start",
    startTimeUnixNano: launch,
    endTimeUnixNano: at,
    attributes: {
      "coldtrace.container": true,
      "coldtrace.engine": "vLLM",
      "coldtrace.run": id,
      "coldtrace.label": run.label,
      ...run.attributes,
    },
    ...(!run.died && { events: [{ name: "ready", timeUnixNano: at }] }),
    status: { code: run.died ? 2 : 0 },
  };
  return [root, ...spans];
}
