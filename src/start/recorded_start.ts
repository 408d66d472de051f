/**
 * A start that the probe recorded with nobody above the engine: makes its trace afterwards.
 *
 * @module
 */
import config from "../../deno.json" with { type: "json" };
import { merge } from "../sources/merge.ts";
import type { ProbeStart } from "../sources/python_probe.ts";
import { rootContext } from "../trace/context.ts";
import type { RecordAttributes, SpanRecord } from "../trace/record.ts";
import { randomSpanId } from "../trace/w3c.ts";
import { relayAll } from "./_relay.ts";
import { ofService, StartRoot } from "./_root.ts";
import { type OpenRuns, StartTrace } from "./_trace.ts";

/** What is known of a recorded start, and where its trace goes. */
export interface RecordedStartOptions {
  /** The engine's name, as the root span and the readings show it. */
  readonly engine: string;
  /** What the engine is called as a service, where `OTEL_SERVICE_NAME` does not say. */
  readonly service: string;
  /** Attributes of the root span. */
  readonly attributes?: RecordAttributes;
  /** Opens the files that the trace is stored in. */
  readonly openRuns: () => OpenRuns;
}

/** Why a start is not ready of which the records break off: nobody can say more. */
const NOT_SEEN = "not-seen-ready";

/**
 * Makes the trace of a recorded start, from the birth of its topmost process to the function by
 * which the engine was ready. Without that it did not get ready, as far as the records reach.
 *
 * @returns All its spans, when they have been sent where spans go, or could not be.
 */
export async function traceRecorded(
  start: ProbeStart,
  options: RecordedStartOptions,
): Promise<readonly SpanRecord[]> {
  const { pid, born, ready, testimony } = start;
  const root = new StartRoot(options.engine, rootContext);
  root.serve(options.service);
  root.launchedAt(born);
  if (ready !== undefined) root.ready(ready);
  const missing = testimony.missing ?? [];
  root.tell({
    ...options.attributes,
    ...testimony.facts,
    ...(missing.length > 0 && { "coldtrace.missing": [...missing] }),
  });
  const end = ready ?? lastOf(start);
  const died = ready === undefined ? "It was not seen to become ready" : undefined;
  const spans = merge([testimony], {
    root: root.record,
    pid,
    name: options.engine,
    end,
    died,
    resource: ofService(options.service),
    version: config.version,
    newId: randomSpanId,
  });
  const trace = new StartTrace();
  root.store(trace.open(options.openRuns));
  for (const span of spans) trace.take(span);
  const records = trace.end(
    died === undefined ? root.ended(end) : root.failed(NOT_SEEN, died, spans, undefined, end),
  );
  await relayAll(spans);
  return records;
}

/** The last moment of which the records tell. */
function lastOf({ born, testimony: { processes, spans } }: ProbeStart): bigint {
  const moments = [
    ...spans.flatMap(({ start, end }) => [start, end ?? start]),
    ...processes.flatMap(({ arrived = born, exiting = born }) => [arrived, exiting]),
  ];
  return moments.reduce((last, moment) => moment > last ? moment : last, born);
}
