import { createExportQueue } from "../../src/trace/export_queue.ts";
import { readExportSettings } from "../../src/trace/export_settings.ts";
import { readSettings } from "../../src/trace/settings.ts";
import { sink } from "../../src/trace/sink.ts";
import { QUEUE } from "./_sdk.ts";

const VARIABLES: Readonly<Record<string, string>> = {
  OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:4318",
  OTEL_BSP_SCHEDULE_DELAY: "2147483647",
  OTEL_BSP_MAX_QUEUE_SIZE: `${QUEUE}`,
  OTEL_BSP_MAX_EXPORT_BATCH_SIZE: `${QUEUE}`,
};

/** As with an endpoint in the environment, but with batches that are never due. */
const variable = (name: string) => VARIABLES[name];
const SETTINGS = readExportSettings(readSettings(variable, () => {}), variable, () => {});

/** Switches our exporter's queue on. */
export function record(): void {
  sink().exports = true;
  emptyQueue();
}

/** Makes room in the queue. */
export function emptyQueue(): void {
  sink().queue = createExportQueue(SETTINGS, (span) => span.toRecord());
}

/** Switches it off again. */
export function stopRecording(): void {
  sink().exports = false;
  sink().queue = undefined;
}
