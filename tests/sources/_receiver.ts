/** What the tests of the receiver share. */
import { constants, deflateRawSync } from "node:zlib";
import type { SpanProfile } from "../../src/sources/receiver/spans.ts";
import type { SpanRecord } from "../../src/trace/record.ts";

export const PROTOBUF = "application/x-protobuf";
export const JSON_TYPE = "application/json";

/** Some of what is known of vLLM. */
export const PROFILE: SpanProfile = {
  containers: ["Overall Loading", "AsyncMPClient init"],
  requests: ["llm_request"],
  phases: {
    "Overall Loading": "engine",
    "AsyncMPClient init": "engine",
    "Load model": "weights",
    "Load weights": "weights",
  },
};

/** A span of a process; `n` makes its id and its name. */
export function spanRecord(n: number, more: Partial<SpanRecord> = {}): SpanRecord {
  return {
    traceId: "0af7651916cd43dd8448eb211c80319c",
    spanId: (n + 1).toString(16).padStart(16, "0"),
    flags: 0x101,
    name: `span ${n}`,
    kind: 1,
    startTimeUnixNano: 1_764_000_000_123_456_789n,
    endTimeUnixNano: 1_764_000_001_123_456_789n,
    attributes: {},
    status: { code: 0 },
    resource: { attributes: { "process.pid": 41 } },
    scope: { name: "test" },
    ...more,
  };
}

/** Sends a body. Resolves when it is answered, with the answer read. */
export async function post(
  url: string,
  body: Uint8Array<ArrayBuffer> | string,
  type: string = PROTOBUF,
  headers: Record<string, string> = {},
): Promise<{ status: number; type: string | null; headers: Headers; body: Uint8Array }> {
  const response = await fetch(url, {
    method: "POST",
    body,
    headers: { "content-type": type, ...headers },
  });
  return {
    status: response.status,
    type: response.headers.get("content-type"),
    headers: response.headers,
    body: await response.bytes(),
  };
}

export async function gzip(body: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  return await new Response(new Blob([body]).stream().pipeThrough(new CompressionStream("gzip")))
    .bytes();
}

/** The beginning of what gzip makes of so many MiB of zeros, about a thousandth of that. */
export function bomb(size: number): Uint8Array<ArrayBuffer> {
  // A part that ends on a whole byte may be repeated.
  const part = deflateRawSync(new Uint8Array(2 ** 20), { finishFlush: constants.Z_FULL_FLUSH });
  const body = new Uint8Array(10 + size * part.length);
  body.set([0x1f, 0x8b, 8]);
  for (let i = 0; i < size; i++) body.set(part, 10 + i * part.length);
  return body;
}

/** A connection on which one says what one wants. */
export interface Raw extends Disposable {
  /** Resolves with the status of the answer. */
  readonly status: Promise<number>;
  /** Sends more. */
  send(text: string | Uint8Array): Promise<void>;
}

/** Connects to a receiver, and sends the head of a request to its endpoint. */
export async function connect(endpoint: string, ...headers: string[]): Promise<Raw> {
  const { hostname, port, pathname } = new URL(endpoint);
  const connection = await Deno.connect({ hostname, port: Number(port) });
  const encoder = new TextEncoder();
  async function send(data: string | Uint8Array): Promise<void> {
    let bytes = typeof data === "string" ? encoder.encode(data) : data;
    while (bytes.length > 0) bytes = bytes.subarray(await connection.write(bytes));
  }
  const host = headers.some((header) => header.startsWith("Host:")) ? [] : ["Host: localhost"];
  const head = [`POST ${pathname} HTTP/1.1`, ...host, `Content-Type: ${PROTOBUF}`, ...headers];
  await send([...head, "", ""].join("\r\n"));
  async function readStatus(): Promise<number> {
    const buffer = new Uint8Array(1024);
    const length = await connection.read(buffer) ?? 0;
    const head = new TextDecoder().decode(buffer.subarray(0, length));
    return Number(/^HTTP\/1\.1 (\d+)/.exec(head)?.[1]);
  }
  const status = readStatus();
  status.catch(() => {}); // told to whoever waits for it
  return { status, send, [Symbol.dispose]: () => connection.close() };
}
