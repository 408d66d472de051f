import { unixNano } from "../../trace/process.ts";
import { AnswerReader } from "./answer.ts";
import { connect, type Connection } from "./connection.ts";

/** What is asked of an engine. */
export interface Question {
  /** The URL, of http or https. */
  readonly url: URL;
  /** Headers besides `host`, `connection` and those of the body. */
  readonly headers?: Readonly<Record<string, string>>;
  /** A body in JSON, which makes it a POST. */
  readonly json?: string;
  /** How long it may take in all, in milliseconds. */
  readonly timeout: number;
  /** How much of the answer is read, in bytes. */
  readonly most: number;
  /** Ends it early. */
  readonly signal?: AbortSignal | undefined;
}

/** What an engine answered. */
export interface Answer {
  /** The HTTP status. */
  readonly status: number;
  /** When it came, in nanoseconds since the Unix epoch. */
  readonly at: bigint;
  /** The body, as far as it was read. */
  readonly body: string;
  /** Whether the body came to its end. */
  readonly isWhole: boolean;
}

/**
 * Asks an engine once, by HTTP/1.1 on a connection of its own, which is closed.
 *
 * Not by `fetch`: that goes through the proxies that `HTTP_PROXY` names, holds connections, follows
 * redirects, and refuses the certificates that engines on this machine make themselves. A refused
 * connection costs twice as much by it, and the first one 6 ms.
 *
 * @throws {Error} Where no status came: nobody listens, the connection broke, no answer in time
 * (a `TimeoutError`).
 */
export async function ask(question: Question): Promise<Answer> {
  const { signal, timeout } = question;
  signal?.throwIfAborted();
  const over = new AbortController();
  const stop = () => over.abort(signal?.reason);
  signal?.addEventListener("abort", stop, { once: true });
  const timer = setTimeout(
    () => over.abort(new DOMException("No answer in time", "TimeoutError")),
    timeout,
  );
  let connection: Connection | undefined;
  const close = () => connection?.close();
  try {
    connection = await connect(question.url, over.signal);
    over.signal.addEventListener("abort", close, { once: true });
    over.signal.throwIfAborted();
    await connection.write(requestOf(question));
    return await read(connection, question.most);
  } catch (error) {
    throw over.signal.aborted ? over.signal.reason : error;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", stop);
    close();
  }
}

async function read(connection: Connection, most: number): Promise<Answer> {
  const reader = new AnswerReader(most);
  let at: bigint | undefined;
  try {
    for await (const chunk of connection.chunks()) {
      reader.push(chunk);
      if (reader.status !== undefined) at ??= unixNano();
      if (reader.isOver) break;
    }
    reader.end();
  } catch (error) {
    // With a status, that is the answer, though not all of it came.
    if (at === undefined) throw error;
  }
  const { status } = reader;
  if (status === undefined || at === undefined) throw new Error("The connection was closed");
  return { status, at, body: reader.body(), isWhole: reader.isWhole };
}

function requestOf({ url, headers = {}, json }: Question): Uint8Array {
  const encoder = new TextEncoder();
  const body = encoder.encode(json ?? "");
  const all: Record<string, string> = {
    host: url.host,
    connection: "close",
    "user-agent": "coldtrace",
    accept: "*/*",
    ...headers,
    ...(json !== undefined && {
      "content-type": "application/json",
      "content-length": String(body.length),
    }),
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  const method = json === undefined ? "GET" : "POST";
  const head = `${method} ${url.pathname}${url.search} HTTP/1.1\r\n${lines.join("")}\r\n`;
  const request = new Uint8Array(encoder.encode(head).length + body.length);
  request.set(encoder.encode(head));
  request.set(body, request.length - body.length);
  return request;
}
