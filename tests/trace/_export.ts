/** What the tests of export share: spans, settings, and servers that behave in their own ways. */
import type { SpanRecord } from "../../src/trace/record.ts";
import { good } from "./_settings.ts";
import type { ExportSettings } from "../../src/trace/export_settings.ts";

const QUEUE = new URL("../../src/trace/export_queue.ts", import.meta.url).href;
const SETTINGS = new URL("../../src/trace/settings.ts", import.meta.url).href;
const EXPORT_SETTINGS = new URL("../../src/trace/export_settings.ts", import.meta.url).href;

const resource = { attributes: { "service.name": "export-test" } };
const scope = { name: "test" };

/** A record of an ended span; `n` makes its id and its name. */
export function spanRecord(n: number, more: Partial<SpanRecord> = {}): SpanRecord {
  return {
    traceId: "0af7651916cd43dd8448eb211c80319c",
    spanId: (n + 1).toString(16).padStart(16, "0"),
    flags: 0x101,
    name: `span ${n}`,
    kind: 1,
    startTimeUnixNano: 1_764_000_000_123_456_789n,
    endTimeUnixNano: 1_764_000_000_123_456_790n,
    attributes: {},
    status: { code: 0 },
    resource,
    scope,
    ...more,
  };
}

/** Settings as the variables give them. */
export function settingsFor(env: Record<string, string>): ExportSettings {
  return good(env);
}

/** A request that a receiver got. */
export interface Received {
  path: string;
  headers: Headers;
  /** The names of the spans, from a JSON body. */
  names: string[];
}

/** A receiver of OTLP/JSON that answers as it is told. */
export interface Receiver extends AsyncDisposable {
  readonly port: number;
  readonly url: string;
  readonly received: Received[];
  /** Resolves with the next request. */
  next(): Promise<Received>;
}

/** Starts a receiver; `answer` gets the number of the request, from 0. */
export function startReceiver(
  answer: (count: number) => Response | Promise<Response> = () => Response.json({}),
  options: Partial<Deno.ServeTcpOptions & Deno.TlsCertifiedKeyPem> = {},
): Receiver {
  const received: Received[] = [];
  let waiting: ((received: Received) => void)[] = [];
  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen() {}, ...options } as Deno.ServeTcpOptions,
    async (request) => {
      let body: ReadableStream<Uint8Array<ArrayBuffer>> | null = request.body;
      if (request.headers.get("content-encoding") === "gzip") {
        body = body?.pipeThrough(new DecompressionStream("gzip")) ?? null;
      }
      const text = await new Response(body).text();
      const one = {
        path: new URL(request.url).pathname,
        headers: request.headers,
        names: [...text.matchAll(/"name":"(span \d+)"/g)].map(([, name]) => name ?? ""),
      };
      received.push(one);
      const tell = waiting;
      waiting = [];
      for (const resolve of tell) resolve(one);
      return await answer(received.length - 1);
    },
  );
  const { port } = server.addr;
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    received,
    next: () => new Promise((resolve) => waiting.push(resolve)),
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

/** A server that says the same to everybody, or nothing for ever. */
export interface Listener extends Disposable {
  readonly url: string;
  /** Resolves at the second connection: the first only finds out whether anybody listens. */
  readonly inUse: Promise<void>;
}

/** Starts a server that says `words` to each connection, or nothing. */
export function startListener(words?: string): Listener {
  const listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  const connections: Deno.Conn[] = [];
  const { promise: inUse, resolve } = Promise.withResolvers<void>();
  (async () => {
    for await (const connection of listener) {
      if (connections.push(connection) === 2) resolve();
      if (words) await connection.write(new TextEncoder().encode(words)).catch(() => {});
    }
  })();
  return {
    url: `http://127.0.0.1:${listener.addr.port}`,
    inUse,
    [Symbol.dispose]() {
      listener.close();
      for (const connection of connections) connection.close();
    },
  };
}

/** A port on which nobody listens. */
export function closedPort(): number {
  using listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  return listener.addr.port;
}

/** How a program ended. */
export interface Ended {
  code: number;
  stdout: string;
  /** Lines on stderr that are ours. */
  warnings: string[];
  stderr: string;
}

/** A program of a project that uses this module. */
export interface Program {
  /** Resolves when it has printed something. */
  printed: Promise<void>;
  /** Makes its `told()` resolve. */
  tell(): Promise<void>;
  /** Resolves when it has ended. */
  ended: Promise<Ended>;
}

/**
 * Starts a program in a folder of its own, which knows `queue` (from the `OTEL_*` variables in
 * `env`), `record(n)`, and `told()`, which resolves at the next line on stdin.
 */
export function startProgram(
  folder: string,
  code: string,
  env: Record<string, string>,
  flags: string[] = ["--allow-env", "--allow-net"],
): Program {
  const path = `${folder}/main.ts`;
  Deno.writeTextFileSync(
    path,
    `import { createExportQueue, exportAll } from "${QUEUE}";
import { readSettings } from "${SETTINGS}";
import { readExportSettings } from "${EXPORT_SETTINGS}";
const env: Record<string, string> = ${JSON.stringify(env)};
const read = (name: string) => env[name];
const settings = readExportSettings(readSettings(read, console.error), read, console.error);
const queue = createExportQueue<number>(settings, record);
function record(n: number) {
  return {
    traceId: "0af7651916cd43dd8448eb211c80319c", spanId: String(n).padStart(16, "0"), flags: 257,
    name: "span " + n, kind: 1, startTimeUnixNano: 1n, endTimeUnixNano: 2n, attributes: {},
    status: { code: 0 }, resource: { attributes: {} }, scope: { name: "test" },
  };
}
async function told() { await Deno.stdin.read(new Uint8Array(1)); }
void exportAll;
${code}
`,
  );
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", ...flags, path],
    cwd: folder,
    env: { NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1", ...env },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  const { promise: printed, resolve } = Promise.withResolvers<void>();
  async function text(stream: ReadableStream<Uint8Array>, onText: () => void): Promise<string> {
    let all = "";
    for await (
      const part of stream.pipeThrough(
        new TextDecoderStream() as TransformStream<Uint8Array, string>,
      )
    ) {
      all += part;
      onText();
    }
    return all;
  }
  const output = Promise.all([text(child.stdout, resolve), text(child.stderr, () => {})]);
  return {
    printed,
    tell: () => writer.write(new Uint8Array(1)),
    ended: (async () => {
      const { code } = await child.status;
      const [stdout, stderr] = await output;
      await writer.close().catch(() => {});
      const warnings = stderr.split("\n").filter((line) => line.startsWith("coldtrace: "));
      return { code, stdout, stderr, warnings };
    })(),
  };
}

/** A folder that is removed in the end. */
export function temporaryFolder(): { path: string } & Disposable {
  const path = Deno.makeTempDirSync({ prefix: "coldtrace-export-" });
  return { path, [Symbol.dispose]: () => Deno.removeSync(path, { recursive: true }) };
}

/** Whether there is an openssl to make certificates with. */
export function hasOpenssl(): boolean {
  try {
    return new Deno.Command("openssl", { args: ["version"] }).outputSync().success;
  } catch {
    return false;
  }
}

/** Makes a self-signed certificate for localhost. Returns the paths of the PEM files. */
export async function certificate(folder: string): Promise<{ cert: string; key: string }> {
  const paths = { cert: `${folder}/cert.pem`, key: `${folder}/key.pem` };
  const { success, stderr } = await new Deno.Command("openssl", {
    args: [
      ..."req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2".split(" "),
      ...["-keyout", paths.key, "-out", paths.cert, "-subj", "/CN=localhost"],
      ...["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"],
    ],
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  return paths;
}
