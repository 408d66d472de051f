import { assertStrictEquals } from "@std/assert";
import { runCode } from "./_run_code.ts";

const TRACE = new URL("../../src/trace/", import.meta.url).href;

/** What the code of a child finds imported, from the given copy of `src/trace/`. */
export function imports(folder: string = TRACE): string {
  return `
    import { getTracer } from "${folder}tracer.ts";
    import { exportRecords, flush } from "${folder}sink.ts";
    import { collectSpans, connectPipe, disconnectPipe } from "${folder}listeners.ts";
    import {
      activeContext, ambientContext, injectEnv, rootContext, runIn, spanContextOf, spanOf,
      withSpanContext,
    } from "${folder}context.ts";
    import { isPipeAnnounced, processResource, setProcessName, state } from "${folder}process.ts";

    /** The records that reached our exporter's queue. */
    function queued() {
      const records = [];
      state().queue = {
        push: (item) => records.push(item.toRecord()),
        flush: () => Promise.resolve(),
      };
      return records;
    }
    const ids = (record) => [record.traceId, record.spanId, record.parentSpanId];
    const print = (value) => console.log(JSON.stringify(value));
  `;
}

/**
 * What a child's last line on stdout says, in JSON. What it writes on stderr, prompts
 * included, is a failure unless the test asks for it.
 */
export async function child<T>(
  code: string,
  env: Record<string, string> = {},
  options: { permissions?: string[]; stderr?: (text: string) => void } = {},
): Promise<T> {
  const { permissions = ["--allow-env", "--allow-read"] } = options;
  const { stdout, stderr } = await runCode(imports() + code, env, permissions);
  if (options.stderr) options.stderr(stderr);
  else assertStrictEquals(stderr, "");
  return JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? "");
}
