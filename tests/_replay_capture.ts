/**
 * A recorded start of a real engine, as `tests/testdata/captures` holds them. Times are milliseconds
 * after its process was made.
 */

/** A line that it wrote. */
export interface RecordedLine {
  readonly at: number;
  readonly stream: "stdout" | "stderr";
  readonly text: string;
}

/** A body that it sent to `/v1/traces`, as protobuf. */
export interface RecordedBody {
  readonly at: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** A recorded start. */
export interface Capture {
  /** The model that it served. */
  readonly model: string;
  readonly lines: readonly RecordedLine[];
  readonly bodies: readonly RecordedBody[];
  /** When its process was made, in nanoseconds since the Unix epoch. */
  readonly spawn: bigint;
  /** The W3C context that it was given, if it was given one of its own start. */
  readonly traceparent?: string | undefined;
  /** When it answered that it is ready. */
  readonly ready?: number | undefined;
  /** How long its first request took, in milliseconds. */
  readonly firstRequest?: number | undefined;
  /** A signal that it was sent, and when. */
  readonly signal?: { readonly name: "SIGTERM" | "SIGKILL"; readonly at: number } | undefined;
  /** How it ended: with a code; by SIGKILL; or not at all, since it ignored SIGTERM. */
  readonly end: { readonly code: number; readonly at: number } | "killed" | "ignored";
}

/** Reads a folder of recordings. */
export function readCapture(folder: string): Capture {
  const meta = JSON.parse(Deno.readTextFileSync(`${folder}/meta.json`));
  // As text, since a JavaScript number is too small for nanoseconds since 1970.
  const [, spawnText = "0"] =
    /"spawn_wall_ns": ?(\d+)/.exec(Deno.readTextFileSync(`${folder}/meta.json`)) ?? [];
  const after = (nanoseconds: number) => (nanoseconds - meta.spawn_wall_ns) / 1e6;
  const lines = jsonLines(`${folder}/log.jsonl`).map((line): RecordedLine => ({
    at: Number(line.ms),
    stream: line.stream === "stderr" ? "stderr" : "stdout",
    text: String(line.text),
  }));
  const bodies = jsonLines(`${folder}/otlp.jsonl`).map((body): RecordedBody => ({
    at: Number(body.recv_ms_after_spawn),
    bytes: Deno.readFileSync(`${folder}/${body.pb}`),
  }));
  const complete = lines.find(({ text }) => text.endsWith("Application startup complete."))?.at;
  const { env, command, signal, first_request: request } = meta;
  return {
    model: command[command.indexOf("serve") + 1],
    lines,
    bodies,
    spawn: BigInt(spawnText),
    // Where both were given, vLLM took the lower-case one, which was of another start.
    traceparent: env.TRACEPARENT ?? env.traceparent,
    ready: meta.ready_wall_ns === null ? complete : after(meta.ready_wall_ns),
    firstRequest: request?.ms,
    signal: signal && { name: `SIG${signal.sig}`, at: after(signal.wall_ns) },
    end: typeof meta.exit !== "number"
      ? "ignored"
      : meta.exit < 0
      ? "killed"
      : { code: meta.exit, at: after(meta.exit_wall_ns) },
  };
}

function jsonLines(file: string): Record<string, unknown>[] {
  return Deno.readTextFileSync(file).split("\n").filter((line) => line !== "")
    .map((line) => JSON.parse(line));
}
