import { openRunStore, type RunInfo, type RunStore } from "../../src/runs/store.ts";
import type { RecordAttributes, SpanRecord } from "../../src/trace/record.ts";
import { span } from "../read/_spans.ts";

/** A data directory for one test, in which runs are made without an engine. */
export class TestStore implements Disposable {
  /** The data directory. */
  readonly dir: string = Deno.makeTempDirSync({ prefix: "coldtrace-runs-" });
  /** Its runs. */
  readonly store: RunStore = openRunStore({ dir: this.dir });
  #count = 0;

  /** Stores a start that became ready, of a trace of its own. */
  add(attributes: RecordAttributes = {}): RunInfo {
    using writer = this.store.createRun();
    writer.write(startRecords(++this.#count, attributes));
    return { id: writer.id, path: writer.path ?? "" };
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.dir, { recursive: true });
  }
}

/** A start of two spans that was launched `number` seconds after others, and ready in 2 ms. */
export function startRecords(number: number, attributes: RecordAttributes = {}): SpanRecord[] {
  const traceId = number.toString(16).padStart(32, "0");
  const at = number * 1e9;
  return [
    span({ id: "00000000000000aa", traceId, parent: "00000000000000ff", start: at, end: at + 1e6 }),
    span({
      id: "00000000000000ff",
      traceId,
      name: "start",
      start: at,
      end: at + 3e6,
      container: true,
      attributes: { "coldtrace.engine": "vLLM", ...attributes },
      events: { ready: at + 2e6 },
    }),
  ];
}
