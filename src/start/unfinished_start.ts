/**
 * A start that is under way, or that broke off with coldtrace itself: what its processes have told
 * until then. The witnesses are heard when a start is over, and not while the engine has something to
 * do; but what the probe writes is there, and what was noted of the log, and whoever wants to know
 * can read it. What only coldtrace's own process has seen (the engine's own spans, the tree of its
 * processes) is not there.
 *
 * @module
 */
import config from "../../deno.json" with { type: "json" };
import { merge } from "../sources/merge.ts";
import { baseName } from "../sources/profiles/command_line.ts";
import { readProbe } from "../sources/python_probe.ts";
import type { Testimony } from "../sources/witness.ts";
import type { SpanRecord } from "../trace/record.ts";
import { randomSpanId } from "../trace/w3c.ts";
import { ENGINE_PID, PROBE_DIR } from "./noted_root.ts";
import { readSaid, type Said } from "./open_log.ts";

/**
 * Reads what the probe and the log have told of a start.
 *
 * @param root Its root, as it was noted at launch.
 * @param openLog The file that was noted in.
 * @param now Until when, in nanoseconds since the Unix epoch; by default until the last thing told.
 * @returns The spans below the root. What has not ended has no end. None, where nothing was told.
 */
export async function spansSoFar(
  root: SpanRecord,
  openLog: string,
  now?: bigint,
): Promise<SpanRecord[]> {
  const { [PROBE_DIR]: dir, [ENGINE_PID]: launched } = root.attributes;
  const said = readSaid(openLog);
  const probe = typeof dir === "string" ? readProbe(dir) : { processes: [], spans: [] };
  // In the order in which they are believed about processes.
  const testimonies = said.length > 0 ? [await heard(said, root), probe] : [probe];
  const pid = probe.processes[0]?.pid ?? launched;
  if (typeof pid !== "number" || testimonies.every(isEmpty)) return [];
  const moments = [root.startTimeUnixNano, ...said.map(({ time }) => time)];
  const spans = merge(testimonies, {
    root,
    pid,
    name: nameOf(root),
    // What began last has begun before the end.
    end: now ?? latest([...moments, ...testimonies.flatMap(momentsOf)]) + 1n,
    resource: root.resource.attributes,
    version: config.version,
    newId: randomSpanId,
  });
  return spans.map((span) => {
    const { endTimeUnixNano: last, ...open } = span;
    // A process lasts for as long as nobody has seen it end.
    return span.attributes["coldtrace.open"] === true || last === now ? open : span;
  });
}

/** What the log has told, by those who would tell it at the end. */
async function heard(said: readonly Said[], { attributes }: SpanRecord): Promise<Testimony> {
  const [{ LogPhases }, { PROFILES }] = await Promise.all([
    import("../sources/log_phases.ts"),
    import("../sources/profiles/profiles.ts"),
  ]);
  const profile = PROFILES.find(({ name }) => name === attributes["coldtrace.engine"]);
  const log = new LogPhases(await profile?.log?.());
  for (const { message, time } of said) log.hear(message, time);
  return log.testimony(false);
}

/** What the engine's own process is called, where no witness knows better. */
function nameOf({ attributes }: SpanRecord): string {
  const args = attributes["process.command_args"];
  return baseName(String(Array.isArray(args) ? args[0] : attributes["coldtrace.engine"]));
}

function isEmpty({ processes, spans }: Testimony): boolean {
  return processes.length === 0 && spans.length === 0;
}

/** The moments that are told. */
function momentsOf({ processes, spans }: Testimony): bigint[] {
  return [
    ...spans.map(({ start, end = start }) => end),
    ...processes.flatMap(({ arrived, exiting }) => [arrived, exiting]),
  ].filter((moment) => moment !== undefined);
}

function latest(moments: readonly bigint[]): bigint {
  return moments.reduce((last, moment) => moment > last ? moment : last);
}
