/**
 * What an exporter is, and what one gets to know, after a look at whether it may do what it is
 * to do; and the one that prints.
 *
 * An exporter touches, and so needs, the following (found with Deno 2.9.6 by running each without
 * the permission; exporters 0.223.1, `@grpc/grpc-js` 1.14.7):
 * - the collector's host and port;
 * - for gRPC, where the collector has a name: that name without a port, the name server, and the
 *   address that comes out, since grpc-js resolves names by itself. Only `--allow-net` as a whole
 *   covers all that; without it, plain connections get by on host, port and address;
 * - the PEM files, which are read here;
 * - no variable at all, since the exporter's thread has an environment of its own. Into that one
 *   go, if they may be read, those that grpc-js reads and nothing else could say: `GRPC_ENV`.
 *
 * @module
 */
import project from "../../deno.json" with { type: "json" };
import type { SpanRecord } from "./record.ts";
import type { ExportSettings } from "./export_settings.ts";

/** What became of a batch of spans. */
export interface Outcome {
  /** How many spans were taken. */
  readonly sent: number;
  /** Why the others were not. */
  readonly error?: string;
  /** Whether the batch may be sent again, by the rules of OTLP. */
  readonly retry?: boolean;
  /** Whether there was nobody to connect to, so that waiting a moment is of no use. */
  readonly absent?: boolean;
  /** How long the collector asks to wait before the batch is sent again, in milliseconds. */
  readonly wait?: number;
}

/** Sends spans, one batch at a time. */
export interface Exporter {
  /** Sends a batch; an urgent one fails at once where nobody listens. Never rejects. */
  send(records: readonly SpanRecord[], urgent: boolean): Promise<Outcome>;
  /** Why it will never send anything again, if so. */
  readonly broken: string | undefined;
  /** Ends it, with whatever it was sending. */
  close(): Promise<void>;
}

/** Everything that the exporter's thread needs to know; nothing in it is a class or a function. */
export interface ThreadConfig {
  /** `npm:` specifiers of the packages, in the order in which they are to be loaded. */
  readonly packages: {
    readonly api: string;
    readonly sdk: string;
    readonly resources: string;
    readonly exporter: string;
    readonly grpc?: string;
  };
  /** The environment of the thread: nothing but what is listed in {@linkcode exporterConfig}. */
  readonly env: Record<string, string>;
  /** The collector's URL. */
  readonly url: string;
  /** Where to connect to; absent for a Unix socket and behind a proxy. */
  readonly address?: { readonly hostname: string; readonly port: number };
  /** Whether gRPC is to be given the address that the name has, since it may not resolve it. */
  readonly resolved: boolean;
  /** Headers or gRPC metadata. */
  readonly headers: Record<string, string>;
  /** How long a batch may take, in milliseconds. */
  readonly timeout: number;
  /** Compression of the body. */
  readonly compression: "gzip" | "none";
  /** PEM texts; absent without TLS. */
  readonly tls?: { readonly ca?: string; readonly key?: string; readonly cert?: string };
  /** Whether the body is JSON. */
  readonly json: boolean;
  /** How many spans a batch holds at most. */
  readonly batchSize: number;
}

/** `OTEL_TRACES_EXPORTER=console`: each span as one line of JSON on stderr. */
export function consoleExporter(): Exporter {
  let broken: string | undefined;
  return {
    get broken() {
      return broken;
    },
    send(records) {
      try {
        for (const record of records) writeAll(`${consoleLine(record)}\n`);
        return Promise.resolve({ sent: records.length });
      } catch (error) {
        broken = (error as Error).message;
        return Promise.resolve({ sent: 0, error: broken });
      }
    },
    close: () => Promise.resolve(),
  };
}

/** Writes the whole text to stderr: a pipe may take a part of it at a time. */
function writeAll(text: string): void {
  let bytes = new TextEncoder().encode(text);
  while (bytes.length > 0) bytes = bytes.subarray(Deno.stderr.writeSync(bytes));
}

/** A span for a person to read: what happened first, ids and origin last. */
export function consoleLine(record: SpanRecord): string {
  const { name, startTimeUnixNano, endTimeUnixNano, resource, scope, ...rest } = record;
  const line = {
    name,
    start: new Date(Number(startTimeUnixNano / 1_000_000n)).toISOString(),
    ...endTimeUnixNano !== undefined &&
      { milliseconds: Number(endTimeUnixNano - startTimeUnixNano) / 1e6 },
    ...rest,
    scope: scope.name,
    resource: resource.attributes,
  };
  return JSON.stringify(line, (_, value) => {
    if (typeof value === "bigint") return value.toString();
    return value instanceof Uint8Array ? value.toBase64() : value;
  });
}

/** What grpc-js 1.14 takes from the environment alone (`http_proxy.js`, `tls-helpers.js`). */
const GRPC_ENV = {
  proxies: ["grpc_proxy", "https_proxy", "http_proxy"],
  others: ["no_grpc_proxy", "no_proxy", "GRPC_SSL_CIPHER_SUITES"],
};
/** The longest time that a timer can wait. */
const NO_LIMIT = 2 ** 31 - 1;

/**
 * The `npm:` specifiers of what the protocol needs, in the order of loading.
 *
 * In `npm:` form, since bare names mean nothing once this module is published; computed, since
 * literal ones would be downloaded, and resolved, by whoever merely imports this module.
 */
export function exporterPackages(protocol: ExportSettings["protocol"]): ThreadConfig["packages"] {
  const { imports } = project;
  return {
    api: imports["@opentelemetry/api"],
    sdk: imports["@opentelemetry/sdk-trace-base"],
    resources: imports["@opentelemetry/resources"],
    exporter: imports[
      protocol === "grpc"
        ? "@opentelemetry/exporter-trace-otlp-grpc"
        : protocol === "http/json"
        ? "@opentelemetry/exporter-trace-otlp-http"
        : "@opentelemetry/exporter-trace-otlp-proto"
    ],
    ...protocol === "grpc" && { grpc: imports["@grpc/grpc-js"] },
  };
}

/** Throws unless `descriptor` is granted already; never prompts. */
async function needed(descriptor: Deno.PermissionDescriptor, flag: string): Promise<void> {
  const { state } = await Deno.permissions.query(descriptor);
  if (state !== "granted") throw new Error(`${flag} is needed and not granted`);
}

async function isGranted(descriptor: Deno.PermissionDescriptor): Promise<boolean> {
  return (await Deno.permissions.query(descriptor)).state === "granted";
}

/** The text of a PEM file, if one is named. */
async function pem(path: string | undefined): Promise<string | undefined> {
  if (path === undefined) return undefined;
  await needed({ name: "read", path }, `--allow-read=${path}`);
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    throw new Error(`${path} cannot be read: ${(error as Error).message}`);
  }
}

/** The PEM texts that a secure connection uses. */
async function tlsTexts(settings: ExportSettings): Promise<NonNullable<ThreadConfig["tls"]>> {
  const ca = await pem(settings.certificate);
  const key = await pem(settings.clientKey);
  const cert = await pem(settings.clientCertificate);
  if ((key === undefined) !== (cert === undefined)) {
    throw new Error("a client key and a client certificate go together: only one is named");
  }
  return { ...ca && { ca }, ...key && { key }, ...cert && { cert } };
}

/** The variables for grpc-js; a proxy only where it may be connected to. */
async function grpcEnv(): Promise<Record<string, string>> {
  const env: Record<string, string> = {};
  for (const name of [...GRPC_ENV.proxies, ...GRPC_ENV.others]) {
    if (!await isGranted({ name: "env", variable: name })) continue;
    const value = Deno.env.get(name);
    if (value === undefined) continue;
    if (GRPC_ENV.proxies.includes(name)) {
      const host = URL.canParse(value) ? new URL(value).host : "";
      if (host === "" || !await isGranted({ name: "net", host })) continue;
    }
    env[name] = value;
  }
  return env;
}

/**
 * The configuration of an exporter's thread.
 *
 * @throws {Error} If something that it needs is not permitted or not there.
 */
export async function exporterConfig(settings: ExportSettings): Promise<ThreadConfig> {
  const { endpoint, protocol, insecure, batch } = settings;
  const isGrpc = protocol === "grpc";
  const tls = insecure ? undefined : await tlsTexts(settings);
  const common = {
    packages: exporterPackages(protocol),
    headers: { ...settings.headers },
    timeout: Math.max(1, Math.min(settings.timeout, batch.exportTimeout, NO_LIMIT)),
    compression: settings.compression,
    json: protocol === "http/json",
    batchSize: batch.maxExportBatchSize,
    ...tls && { tls },
  };
  if (endpoint.startsWith("unix:")) {
    const path = endpoint.slice("unix:".length);
    await needed({ name: "read", path }, `--allow-read=${path}`);
    await needed({ name: "write", path }, `--allow-write=${path}`);
    await needed({ name: "net", host: `unix:${path}` }, `--allow-net=unix:${path}`);
    // The exporter wants slashes, and grpc-js takes what is between them for an authority.
    const url = path.startsWith("/") ? `unix://${path}` : `unix://./${path}`;
    return { ...common, url, env: {}, resolved: false };
  }
  const url = new URL(endpoint);
  const port = Number(url.port || (insecure ? 80 : 443));
  const host = `${url.hostname}:${port}`;
  await needed({ name: "net", host }, `--allow-net=${host}`);
  const env = isGrpc ? await grpcEnv() : {};
  const address = { hostname: url.hostname.replace(/^\[|\]$/g, ""), port };
  const isName = !/^[\d.]+$|:/.test(address.hostname);
  if (isGrpc && !insecure && !isName) {
    // grpc-js sends the address as the TLS server name, which Deno does not let pass.
    throw new Error(
      "gRPC over TLS needs a host name, not an address; " +
        "without TLS, use http:// or OTEL_EXPORTER_OTLP_INSECURE=true",
    );
  }
  const resolved = isGrpc && isName && !await isGranted({ name: "net" });
  if (resolved && !insecure) {
    await needed({ name: "net" }, "--allow-net (without hosts: gRPC resolves names by itself)");
  }
  const isProxied = GRPC_ENV.proxies.some((name) => name in env);
  return {
    ...common,
    // A gRPC exporter takes the port from the URL only if it is not that of the scheme; whether
    // there is TLS is told by the credentials.
    url: isGrpc ? `https://${host}` : endpoint,
    env,
    ...!isProxied && { address },
    resolved,
  };
}
