/**
 * The label of a stored start, which its root has: what to call it in comparisons.
 *
 * @module
 */
import { decodeTraces, encodeTraces } from "../otlp/json.ts";
import { reasonOf, requireAccess } from "./_access.ts";
import { isBeingWritten } from "./_lock.ts";
import { RunError } from "./errors.ts";
import { markedLine, rootAmong } from "./root.ts";
import type { RunInfo } from "./store.ts";

/**
 * Sets the label of a run, or removes it. The file is replaced as a whole, so that whoever reads
 * it meanwhile has the old one or the new one; nothing but the root's line differs in it.
 *
 * @param run the run.
 * @param label the label; an empty one removes what there is.
 * @throws {RunError} if the run is being written, or has no root, or cannot be rewritten.
 */
export function labelRun({ id, path }: RunInfo, label: string): void {
  const fail = (reason: string) => new RunError(`Cannot label run '${id}' as ${reason}`);
  if (isBeingWritten(path)) throw fail("its start is under way");
  const temporary = `${path}.tmp`;
  try {
    requireAccess("read", path);
    requireAccess("write", path);
    const bytes = Deno.readFileSync(path);
    const line = markedLine(bytes);
    if (line === undefined) throw fail("its start was broken off, and has no root to bear a label");
    const root = new TextEncoder().encode(relabelled(bytes.subarray(line.from, line.to), label));
    using file = Deno.openSync(temporary, {
      write: true,
      create: true,
      truncate: true,
      mode: 0o600,
    });
    for (const part of [bytes.subarray(0, line.from), root, bytes.subarray(line.to)]) {
      for (let rest = part; rest.length > 0;) rest = rest.subarray(file.writeSync(rest));
    }
    Deno.renameSync(temporary, path);
  } catch (error) {
    if (error instanceof RunError) throw error;
    try {
      Deno.removeSync(temporary);
    } catch {
      // It may never have been made.
    }
    throw fail(`'${path}' cannot be rewritten: ${reasonOf(error)}`);
  }
}

/** A line with another label at its root. */
function relabelled(line: Uint8Array, label: string): string {
  const records = decodeTraces(new TextDecoder().decode(line));
  const { attributes = {} } = rootAmong(records) ?? {};
  if (label === "") delete attributes["coldtrace.label"];
  else attributes["coldtrace.label"] = label;
  return encodeTraces(records);
}
