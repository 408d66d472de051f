import { decodeTraces, encodeTraces } from "../../src/otlp/json.ts";
import type { SpanRecord } from "../../src/trace/record.ts";
import { type Check, inTurn } from "../_check.ts";
import { denoRun, program, verbRun, wholeProcess } from "../_process.ts";

/** What is compared: stored runs whose vectors are kept, baseline files, or runs read anew. */
export const COMPARED = ["stored runs", "baseline files", "stored runs, first time"] as const;
/** One of them. */
export type Compared = typeof COMPARED[number];

/** A start of vLLM with 1,788 spans, 1.4 MB. */
const START = new URL("../../tests/testdata/starts/vllm-cold.otlp.jsonl.gz", import.meta.url);
const LABELS = ["base", "new"] as const;

/** `coldtrace diff` of so many starts of vLLM against as many, as a whole process. */
export class Diffs implements Disposable {
  readonly #count: number;
  #dir: string | undefined;

  /** `count` is how many there are on each side; they are made when they are first needed. */
  constructor(count: number) {
    this.#count = count;
  }

  /** Makes the runs, and has them read once. */
  async prepare(): Promise<void> {
    if (this.#dir !== undefined) return;
    const dir = this.#dir = Deno.makeTempDirSync({ prefix: "coldtrace-bench-" });
    Deno.mkdirSync(`${dir}/runs`);
    const records = await recordedStart();
    for (let i = 0; i < 2 * this.#count; i++) {
      const id = `20261128-${String(100_000 + i)}-000-test`;
      const run = again(records, i, LABELS[i % 2] ?? "base", id);
      // As coldtrace stores it: the root comes last.
      const [roots, others] = [run.filter(isRoot), run.filter((record) => !isRoot(record))];
      const text = `${encodeTraces(others)}\n${encodeTraces(roots)}\n`;
      Deno.writeTextFileSync(`${dir}/runs/${id}.otlp.jsonl`, text);
    }
    for (const label of LABELS) {
      wholeProcess(verbRun(["-A"], "baseline", label, ...this.#options(label)));
    }
  }

  /** Milliseconds from spawn to end. */
  time(compared: Compared): number {
    const dir = this.#folder();
    if (compared === "stored runs, first time") {
      Deno.removeSync(`${dir}/vectors`, { recursive: true });
    }
    const sides = compared === "baseline files"
      ? LABELS.map((label) => `${dir}/${label}.jsonl`)
      : LABELS;
    return wholeProcess(verbRun(["-A"], "diff", ...sides, "--dir", dir));
  }

  /** Milliseconds that a process takes that does nothing. */
  empty(): number {
    return wholeProcess(denoRun(program("programs/empty_main.ts")));
  }

  #options(label: string): string[] {
    const dir = this.#folder();
    return ["-o", `${dir}/${label}.jsonl`, "--dir", dir];
  }

  #folder(): string {
    if (this.#dir === undefined) throw new Error("The runs are not there yet: await prepare()");
    return this.#dir;
  }

  [Symbol.dispose](): void {
    if (this.#dir !== undefined) Deno.removeSync(this.#dir, { recursive: true });
  }
}

/** A check that `diff` of 100 against 100 stored runs takes less than 2 s, as a whole process. */
export function diffCheck(diffs: Diffs): Check {
  const pair = inTurn(() => diffs.empty(), () => diffs.time("stored runs"));
  return {
    name: "coldtrace diff of 2 x 100 runs - an empty process",
    unit: "ms",
    by: "difference",
    bound: (empty) => 2000 - empty,
    seconds: 5,
    pair: async (reversed) => {
      await diffs.prepare();
      return await pair(reversed);
    },
  };
}

function isRoot({ attributes }: SpanRecord): boolean {
  return attributes["coldtrace.engine"] !== undefined;
}

async function recordedStart(): Promise<SpanRecord[]> {
  const stream = (await Deno.open(START)).readable.pipeThrough(new DecompressionStream("gzip"));
  const text = await new Response(stream).text();
  return text.trimEnd().split("\n").flatMap((line) => decodeTraces(line));
}

/** The same start, later and a little slower or faster, under another id and label. */
function again(
  records: readonly SpanRecord[],
  i: number,
  label: string,
  run: string,
): SpanRecord[] {
  const first = records.reduce(
    (least, { startTimeUnixNano: at }) => at < least ? at : least,
    records[0]?.startTimeUnixNano ?? 0n,
  );
  const speed = BigInt(1000 + (i * 37) % 61);
  const move = (at: bigint) => first + BigInt(i) * 200_000_000_000n + (at - first) * speed / 1000n;
  return records.map((record) => ({
    ...record,
    startTimeUnixNano: move(record.startTimeUnixNano),
    ...(record.endTimeUnixNano !== undefined && {
      endTimeUnixNano: move(record.endTimeUnixNano),
    }),
    ...(record.events && {
      events: record.events.map((event) => ({ ...event, timeUnixNano: move(event.timeUnixNano) })),
    }),
    ...(isRoot(record) && {
      attributes: { ...record.attributes, "coldtrace.label": label, "coldtrace.run": run },
    }),
  }));
}
