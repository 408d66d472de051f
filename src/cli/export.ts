/**
 * `coldtrace export`: stored runs for other programs, as a file or sent to a collector.
 *
 * @module
 */
import { defineVerb, UsageError, type Verb } from "./args.ts";
import { readRunInput, readRunInputs, runOperand } from "./run_input.ts";
import { dirOption } from "./run_store.ts";

/** Converts runs, or sends them to a collector. */
export const verb: Verb = defineVerb({
  verb: "export",
  summary: `Converts a stored run, or sends it to a collector: without --to and --send to
the one that OTEL_EXPORTER_OTLP_ENDPOINT names. Of a label, all runs are taken;
for chrome the latest.`,
  operands: [runOperand],
  options: {
    to: {
      kind: "choice",
      values: ["otlp", "chrome"],
      help: "OTLP/JSON lines, or Chrome trace events (for Perfetto).",
    },
    output: {
      kind: "text",
      value: "FILE",
      short: "o",
      help: "Where --to writes to; - is stdout.",
      default: "-",
    },
    send: {
      kind: "text",
      value: "URL",
      help: "Collector: http://HOST:4318, https://..., grpc://HOST:4317.",
    },
    dir: dirOption,
    timeout: {
      kind: "integer",
      value: "MS",
      min: 1,
      max: 2 ** 31 - 1,
      default: 10_000,
      help: "Give up sending after so many milliseconds.",
    },
  },
}, async ({ to, output, send, dir, timeout }, [ref]) => {
  if (to !== undefined && send !== undefined) {
    throw new UsageError("Cannot export as there must be one of '--to' and '--send', not both");
  }
  if (to === undefined && output !== "-") {
    throw new UsageError("Cannot export as 'output' must come with a format: --to otlp|chrome");
  }
  if (to === undefined) {
    const { sendRuns, targetOf } = await import("./export/send.ts");
    const target = targetOf(send);
    return await sendRuns(await readRunInputs(ref, dir), target, timeout);
  }
  const { writeChrome, writeOtlp } = await import("./export/file.ts");
  if (to === "chrome") writeChrome(await readRunInput(ref, dir), output);
  else writeOtlp(await readRunInputs(ref, dir), output);
  return 0;
});
