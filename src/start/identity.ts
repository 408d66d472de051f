/**
 * What tells starts apart that are to be compared, besides their commands: loaded, and asked, when
 * the engine has something to do.
 *
 * @module
 */
import { embeddedEngineFacts } from "../sources/embedded_engine.ts";
import { machineFacts } from "../sources/machine.ts";
import { modelSizeFacts } from "../sources/model_size.ts";
import { snapshotFacts } from "../sources/model_snapshot.ts";
import { revisionFacts } from "../sources/revision.ts";
import { settings } from "../trace/process.ts";
import type { RecordAttributes, SpanRecord } from "../trace/record.ts";

export { diskReadFacts } from "../sources/disk_read.ts";

/** How long Git may take, in milliseconds. */
const DEADLINE = 2_000;
/** What the user may know better, and says in `OTEL_RESOURCE_ATTRIBUTES`. */
const SAID = [
  "host.name",
  "host.cpu.model.name",
  "container.image.name",
  "vcs.ref.head.revision",
];

let asked: Promise<RecordAttributes> | undefined;

/**
 * The machine, the image and the revision of the starts of this process, as attributes of their
 * roots; what the user says of them comes first. It is found out once, and never rejects.
 */
export function identityFacts(): Promise<RecordAttributes> {
  return asked ??= ask();
}

/**
 * What an engine is that neither its command nor its log tells.
 *
 * @param told What they told, as attributes of its root.
 * @param spans Those of the start.
 * @returns The revision and the size of a model that is on this machine; of coldtrace's own engine
 * behind another program its version and its model, too.
 */
export function engineFacts(
  told: RecordAttributes,
  spans: readonly SpanRecord[],
): RecordAttributes {
  const { "coldtrace.engine.version": version, "coldtrace.engine.model": model } = told;
  return {
    ...(version === undefined && model === undefined && embeddedEngineFacts(spans)),
    ...snapshotFacts(model, told["coldtrace.engine.model_revision"]),
    ...modelSizeFacts(model),
  };
}

async function ask(): Promise<RecordAttributes> {
  const [machine, revision] = await Promise.all([machineFacts(), revisionFacts(DEADLINE)]);
  const { resourceAttributes } = settings();
  const said = Object.entries(resourceAttributes).filter(([name]) => SAID.includes(name));
  return { ...machine, ...revision, ...Object.fromEntries(said) };
}
