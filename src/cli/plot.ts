/**
 * `coldtrace plot`: a start as one HTML file.
 *
 * @module
 */
import { pathToFileURL } from "node:url";
import { plotOf } from "../read/plot/plot.ts";
import { openInViewer } from "./_viewer.ts";
import { defineVerb, UsageError, type Verb } from "./args.ts";
import { print } from "./output.ts";
import { readRunInput, type RunInput, runOperand, startOf } from "./run_input.ts";
import { dirOption } from "./run_store.ts";

/** Reads a run, or two, and writes a page that shows them. */
export const verb: Verb = defineVerb({
  verb: "plot",
  summary: "Draws a start: one HTML file that needs nothing else, to look at and to pass on.",
  operands: [runOperand],
  options: {
    with: { kind: "text", value: "RUN", help: "A second run, drawn below on the same time axis." },
    output: {
      kind: "text",
      value: "FILE",
      short: "o",
      help: "Where to write it (default coldtrace-RUN.html); - is stdout.",
    },
    open: { kind: "flag", help: "Open it in the browser." },
    json: { kind: "flag", help: "Print what it draws as JSON, with times in nanoseconds." },
    dir: dirOption,
  },
}, async ({ with: other, output, open, json, dir }, [ref]) => {
  if (json && (open || output !== undefined)) {
    throw new UsageError("Cannot plot as 'json' prints: leave out --output and --open");
  }
  if (open && output === "-") {
    throw new UsageError("Cannot plot as 'open' needs a file: current value of 'output' is -");
  }
  const inputs = [await readRunInput(ref, dir)];
  if (other !== undefined) inputs.push(await readRunInput(other, dir));
  const plots = inputs.map((input) => plotOf(startOf(input)));
  if (json) {
    const { plotReport } = await import("../show/plot_json.ts");
    print(`${JSON.stringify(plotReport(plots))}\n`);
    return 0;
  }
  const { plotPage } = await import("../show/plot/page.ts");
  const page = await plotPage(plots);
  if (output === "-") {
    print(page);
    return 0;
  }
  const file = output ?? nameOf(inputs[0], plots[0]?.start.traceId);
  write(file, page);
  const path = Deno.realPathSync(file);
  if (!open || await openInViewer(path)) print(`Wrote ${file}\n`);
  else print(`Wrote ${file}, but nothing here opens it: ${pathToFileURL(path)}\n`);
  return 0;
});

/** The file's name where none is given: after the run, or else the trace. */
function nameOf(input: RunInput | undefined, traceId: string | undefined): string {
  return `coldtrace-${input?.id ?? traceId?.replaceAll(/\W/g, "") ?? "start"}.html`;
}

function write(file: string, page: string): void {
  try {
    // It tells what a machine ran, so it is as private as a stored run.
    Deno.writeTextFileSync(file, page, { mode: 0o600 });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UsageError(`Cannot plot as 'output' cannot be written: ${reason}`);
  }
}
