/**
 * What the `OTEL_*` variables say of the way to a collector: read when there is something to send.
 *
 * Source: OpenTelemetry specification, "OpenTelemetry Protocol Exporter" and "Batch Span Processor"
 * (1.60).
 *
 * @module
 */
import { fromVariables, settings } from "./process.ts";
import {
  EnvValues,
  otlpNames,
  percentDecoded,
  type ReadVariable,
  type Settings,
} from "./settings.ts";
import { splitPair, TOKEN, trimOws } from "./w3c.ts";

/** How spans leave: one of OTLP's transports. */
export type Protocol = "grpc" | "http/protobuf" | "http/json";

/** How spans are exported. `Infinity` means "no limit" throughout. */
export interface ExportSettings extends Endpoint {
  /** Whether there is anywhere to export to. */
  readonly on: boolean;
  /** Where spans go by `OTEL_TRACES_EXPORTER`; `console` is stderr. */
  readonly exporter: Settings["exporter"];
  /** Headers (gRPC: metadata) of every export. Values are secrets. */
  readonly headers: Readonly<Record<string, string>>;
  /** How long one export may take, in milliseconds; `Infinity`: no limit. */
  readonly timeout: number;
  /** Compression of the request body. */
  readonly compression: "gzip" | "none";
  /** Path of the PEM file with the certificates to trust. */
  readonly certificate?: string;
  /** Path of the client's private key, PEM. */
  readonly clientKey?: string;
  /** Path of the client's certificate chain, PEM. */
  readonly clientCertificate?: string;
  /** Batching, `OTEL_BSP_*`: milliseconds (`exportTimeout` may be `Infinity`), and spans. */
  readonly batch: {
    readonly scheduleDelay: number;
    readonly exportTimeout: number;
    readonly maxQueueSize: number;
    readonly maxExportBatchSize: number;
  };
}

/** Where OTLP goes. */
interface Endpoint {
  /** The transport of `otlp`. */
  readonly protocol: Protocol;
  /** The final URL: with `v1/traces` for HTTP, `http(s)://host:port` (or `unix:PATH`) for gRPC. */
  readonly endpoint: string;
  /** Whether the connection goes without TLS; decided already, for gRPC too. */
  readonly insecure: boolean;
}

let cached: ExportSettings | undefined;

/** How this process exports; read once, as its {@linkcode settings}. */
export function exportSettings(): ExportSettings {
  return cached ??= fromVariables((read, warn) => readExportSettings(settings(), read, warn));
}

/**
 * Reads the rest of what the variables decide. Pure, and never throws: each bad value is one
 * warning, and what stands in {@linkcode ExportSettings} is what is used instead.
 *
 * @param settings What was read before.
 * @param read The value of a variable, if it has one.
 * @param warn Called with one line for each bad value.
 */
export function readExportSettings(
  { disabled, exporter, byDefault, maxQueueSize }: Settings,
  read: ReadVariable,
  warn: (line: string) => void,
): ExportSettings {
  const values = new EnvValues(read, warn);
  const { isNamed, ...endpoint } = readEndpoint(values, byDefault);
  return {
    on: !disabled && (exporter === "console" || exporter === "otlp" && (isNamed || byDefault)),
    exporter,
    ...endpoint,
    headers: readHeaders(values, otlpNames("HEADERS"), endpoint.protocol),
    timeout: values.timeout(otlpNames("TIMEOUT"), 10_000),
    compression: values.oneOf(otlpNames("COMPRESSION"), ["gzip", "none"], "none"),
    ...readPaths(values),
    batch: readBatch(values, maxQueueSize),
  };
}

function readPaths(
  values: EnvValues,
): Pick<ExportSettings, "certificate" | "clientKey" | "clientCertificate"> {
  const certificate = values.text(...otlpNames("CERTIFICATE"));
  const clientKey = values.text(...otlpNames("CLIENT_KEY"));
  const clientCertificate = values.text(...otlpNames("CLIENT_CERTIFICATE"));
  return {
    ...(certificate === undefined ? {} : { certificate }),
    ...(clientKey === undefined ? {} : { clientKey }),
    ...(clientCertificate === undefined ? {} : { clientCertificate }),
  };
}

function readBatch(values: EnvValues, maxQueueSize: number): ExportSettings["batch"] {
  const name = "OTEL_BSP_MAX_EXPORT_BATCH_SIZE";
  const size = values.integer([name], Math.min(512, maxQueueSize), 1);
  if (size > maxQueueSize) {
    const must = `at most OTEL_BSP_MAX_QUEUE_SIZE, ${maxQueueSize}`;
    values.bad(name, must, `${size}`, `${maxQueueSize} is used instead`);
  }
  return {
    scheduleDelay: values.integer(["OTEL_BSP_SCHEDULE_DELAY"], 5000),
    exportTimeout: values.timeout(["OTEL_BSP_EXPORT_TIMEOUT"], 30_000),
    maxQueueSize,
    maxExportBatchSize: Math.min(size, maxQueueSize),
  };
}

/**
 * W3C baggage's value, with spaces inside, since `Authorization=Bearer ...` is what people
 * write and what every implementation takes.
 */
const HEADER_VALUE = /^[\x20\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]*$/;
/** What HTTP can carry as a field's value. */
const FIELD_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;
/** Keys of gRPC metadata, in lower case: those in `-bin` would have values in bytes. */
const METADATA_KEY = /^(?!.*-bin$)[0-9a-z_.-]+$/;
const METADATA_VALUE = /^[\x20-\x7e]*$/;

/**
 * Reads the headers of the first of `names` that is set: gRPC's metadata where that is the
 * protocol. Bad members are dropped, and told by their number: names and values may be secrets.
 */
function readHeaders(
  values: EnvValues,
  names: readonly string[],
  protocol: Protocol,
): Record<string, string> {
  const isGrpc = protocol === "grpc";
  const [goodKey, goodValue] = isGrpc ? [METADATA_KEY, METADATA_VALUE] : [TOKEN, FIELD_VALUE];
  const headers = new Map<string, string>();
  const name = names.find((name) => values.text(name) !== undefined);
  if (name === undefined) return {};
  const bad: number[] = [];
  for (const [index, member] of (values.text(name) ?? "").split(",").entries()) {
    if (trimOws(member) === "") continue;
    const { key: written, value } = splitPair(member);
    const key = isGrpc ? written.toLowerCase() : written;
    const decoded = value !== undefined && HEADER_VALUE.test(value)
      ? percentDecoded(value)
      : undefined;
    if (!goodKey.test(key) || decoded === undefined || !goodValue.test(decoded)) {
      bad.push(index + 1);
    } else {
      headers.set(key, decoded);
    }
  }
  if (bad.length > 0) {
    const must = "key=value,key2=value2 with values percent-encoded" +
      (isGrpc ? " (for gRPC, of ASCII; keys of 0-9 a-z _ . - that do not end in -bin)" : "");
    const many = bad.length > 1;
    const dropped = `${many ? "members" : "member"} ${bad.join(", ")} ${
      many ? "are" : "is"
    } dropped`;
    values.bad(name, must, undefined, dropped);
  }
  return Object.fromEntries(headers);
}

const PROTOCOLS: readonly Protocol[] = ["grpc", "http/protobuf", "http/json"];
/** The port of gRPC where the endpoint has neither a port nor a scheme with one. */
const GRPC_PORT = 4317;
const DEFAULT_GRPC = `http://localhost:${GRPC_PORT}`;
const DEFAULT_HTTP = "http://localhost:4318/v1/traces";

/**
 * Reads `OTEL_EXPORTER_OTLP_*` for protocol, endpoint and TLS.
 *
 * @param byDefault Whether spans go to the default endpoint where none is named.
 */
function readEndpoint(
  values: EnvValues,
  byDefault: boolean,
): Endpoint & { isNamed: boolean } {
  const asked = values.oneOf(otlpNames("PROTOCOL"), PROTOCOLS, "http/protobuf");
  const withoutTls = values.boolean(...otlpNames("INSECURE"));
  const [tracesName, generalName] = otlpNames("ENDPOINT");
  const bad: [name: string, text: string][] = [];
  let found: { name: string; protocol: Protocol; url: string } | undefined;
  for (const name of [tracesName, generalName]) {
    const text = values.text(name);
    if (text === undefined) continue;
    const protocol = /^grpc:\/\//i.test(text) ? "grpc" : asked;
    const url = protocol === "grpc"
      ? grpcUrl(text, withoutTls)
      : httpUrl(text, name === generalName);
    if (url !== undefined) {
      found = { name, protocol, url };
      break;
    }
    bad.push([name, text]);
  }
  const protocol = found?.protocol ?? asked;
  const endpoint = found?.url ?? (protocol === "grpc" ? DEFAULT_GRPC : DEFAULT_HTTP);
  if (protocol !== asked) warnOfProtocol(values, asked);
  for (const [name, text] of bad) {
    const must = asked === "grpc" ? "host:port or an http(s) URL" : "an http(s) URL";
    const used = found?.name ?? (byDefault ? endpoint : "no endpoint");
    values.bad(name, must, withoutSecrets(text), `${used} is used instead`);
  }
  return {
    protocol,
    endpoint,
    insecure: endpoint.startsWith("unix:") ? withoutTls : endpoint.startsWith("http:"),
    isNamed: found !== undefined,
  };
}

/** Tells that the protocol asked for, if one was, is not that of an endpoint of `grpc://`. */
function warnOfProtocol(values: EnvValues, asked: Protocol): void {
  const name = otlpNames("PROTOCOL").find((name) => values.text(name)?.toLowerCase() === asked);
  if (name === undefined) return;
  const must = "grpc for an endpoint that begins with grpc://";
  values.bad(name, must, values.text(name), "grpc is used instead");
}

/** A URL as it is, but for an empty path, which is `/`; or, as a base, with `v1/traces` after it. */
function httpUrl(text: string, isBase: boolean): string | undefined {
  const parts = /^(https?):(\/\/[^/?#\s]+)([^?#]*)(.*)$/i.exec(text);
  if (parts === null || !URL.canParse(text)) return undefined;
  const [, scheme = "", host = "", path = "", rest = ""] = parts;
  const base = `${scheme.toLowerCase()}:${host}`;
  if (!isBase) return `${base}${path || "/"}${rest}`;
  return `${base}${path}${path.endsWith("/") ? "" : "/"}v1/traces${rest}`;
}

/**
 * Where a gRPC client connects to. Schemes of HTTP decide TLS themselves; for the others, and
 * for a bare `host:port`, the scheme that is written says what `OTEL_EXPORTER_OTLP_INSECURE`
 * says. gRPC knows no path. Its own schemes (`unix:`, `dns:`, `ipv4:`, `ipv6:`) need no slashes
 * ("gRPC Name Resolution"); of several addresses the first is taken.
 */
function grpcUrl(text: string, withoutTls: boolean): string | undefined {
  if (/[\t\r\n]/.test(text)) return undefined; // URL would take them out
  const [, scheme = "grpc", rest = text] =
    /^((?:unix|dns|ipv[46])(?=:)|[a-z]+(?=:\/\/)):(.*)$/i.exec(text) ?? [];
  // //authority/name, or the name alone.
  const name = rest.replace(/^\/\/[^/]*\//, "");
  switch (scheme.toLowerCase()) {
    case "http":
    case "https": {
      if (!URL.canParse(text)) return undefined;
      const { protocol, host } = new URL(text);
      return `${protocol}//${host}`;
    }
    case "unix":
      // unix:path or unix:///absolute_path
      return /^(\/\/\/|(?!\/\/)).+/.test(rest) ? `unix:${rest.replace(/^\/\//, "")}` : undefined;
    case "dns":
      return hostAndPort(name, withoutTls);
    case "ipv4":
    case "ipv6": {
      const [address = ""] = name.split(",");
      // Without a port, an address of IPv6 may go without brackets.
      const isBare = !address.startsWith("[") && address.split(":").length > 2;
      return hostAndPort(isBare ? `[${address}]` : address, withoutTls);
    }
    case "grpc":
      return hostAndPort(rest.replace(/^\/\//, ""), withoutTls);
    default:
      return undefined;
  }
}

function hostAndPort(text: string, withoutTls: boolean): string | undefined {
  // A scheme that URL does not know keeps a port that is the default of http or https.
  const url = `grpc://${text}`;
  if (!URL.canParse(url)) return undefined;
  const { hostname, port } = new URL(url);
  if (!/^([\w.-]+|\[[\da-f:.]+\])$/i.test(hostname)) return undefined;
  return `${withoutTls ? "http" : "https"}://${hostname}:${port || GRPC_PORT}`;
}

/** A URL without user, password and query. */
function withoutSecrets(text: string): string {
  const [url = ""] = text.split("?", 1);
  const at = url.lastIndexOf("@");
  return at < 0 ? url : `...${url.slice(at)}`;
}
