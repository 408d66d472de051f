/**
 * `coldtrace export`: a stored run, sent to where the `OTEL_*` variables say.
 *
 * @module
 */
import { exportAll } from "../trace/export_queue.ts";
import { type ExportSettings, exportSettings } from "../trace/export_settings.ts";
import { defineVerb, UsageError, type Verb } from "./args.ts";
import { print, printError } from "./output.ts";
import { dirOption, readRunInput, runOperand } from "./run_input.ts";

/** Sends a stored run to a collector. */
export const verb: Verb = defineVerb({
  verb: "export",
  summary: "Sends a stored run to the endpoint that OTEL_EXPORTER_OTLP_ENDPOINT names.",
  operands: [runOperand],
  options: {
    dir: dirOption,
    timeout: {
      kind: "integer",
      value: "MS",
      min: 1,
      max: 2 ** 31 - 1,
      default: 10_000,
      help: "Give up after so many milliseconds.",
    },
  },
}, async ({ dir, timeout }, [ref]) => {
  const target = exportSettings();
  if (!target.on) {
    throw new UsageError(
      "Cannot export as no endpoint is named: set OTEL_EXPORTER_OTLP_ENDPOINT",
    );
  }
  const { path, id, records } = await readRunInput(ref, dir);
  const { sent, error } = await exportAll(records, target, timeout);
  const run = `run '${id ?? path}'`;
  if (error !== undefined) {
    const line = error.replace("Cannot export spans", () => `Cannot export ${run}`);
    printError(`${line} (${sent} of ${records.length} spans sent)\n`);
    return 1;
  }
  print(`Sent ${sent} spans of ${run} to ${describeTarget(target)}\n`);
  return 0;
});

/** Where spans went, less what may be secret: a name, a password, a query. */
function describeTarget({ exporter, endpoint }: ExportSettings): string {
  if (exporter === "console") return "stderr";
  if (!URL.canParse(endpoint)) return endpoint;
  const { protocol, host, pathname } = new URL(endpoint);
  return `${protocol}//${host}${pathname}`;
}
