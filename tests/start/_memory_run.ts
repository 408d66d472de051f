import { assert } from "@std/assert";
import { decodeTraces } from "../../src/otlp/json.ts";
import { RunWriter } from "../../src/runs/writer.ts";
import type { SpanRecord } from "../../src/trace/record.ts";

/** A run in memory. */
export class MemoryRun {
  /** Writes it. */
  readonly writer: RunWriter;
  /** What was written, each time. */
  readonly writes: SpanRecord[][] = [];
  /** Whether nothing can be written any more. */
  isClosed = false;

  constructor() {
    this.writer = new RunWriter("run-1", {
      file: {
        writeSync: (bytes) => {
          assert(!this.isClosed);
          const lines = new TextDecoder().decode(bytes).trimEnd().split("\n");
          this.writes.push(lines.flatMap((line) => decodeTraces(line)));
          return bytes.length;
        },
        truncateSync() {},
        close: () => {
          this.isClosed = true;
        },
      },
    });
  }

  /** All that was written. */
  get records(): SpanRecord[] {
    return this.writes.flat();
  }

  /** The names of the spans of each write. */
  get names(): string[][] {
    return this.writes.map((records) => records.map(({ name }) => name));
  }
}
