/**
 * How OpenTelemetry's specification reads the values of environment variables: those of any
 * kind, pairs of `key=value`, and where OTLP goes.
 *
 * An empty value is an unset one. What cannot be read, or is out of range, is told in one
 * line and treated as unset. Of several names the first with a good value decides, so that a
 * signal's own variable comes before the general one.
 *
 * Source: OpenTelemetry specification, "Environment Variable Specification", "Common
 * Configuration Specification" and "OpenTelemetry Protocol Exporter" (1.60).
 *
 * @module
 */
import type { Protocol } from "./settings.ts";
import { splitPair, TOKEN, trimOws } from "./w3c.ts";

/** The largest integer that every implementation reads. */
export const MAX_INTEGER: number = 2 ** 31 - 1;

/** How much of a bad value is shown. */
const SHOWN = 80;

/** Reads typed values from environment variables. */
export class EnvValues {
  readonly #read: (name: string) => string | undefined;
  readonly #warn: (line: string) => void;

  constructor(read: (name: string) => string | undefined, warn: (line: string) => void) {
    this.#read = read;
    this.#warn = warn;
  }

  /** The text of the first variable that has one, without the white space around it. */
  text(...names: string[]): string | undefined {
    for (const name of names) {
      const text = this.#read(name)?.trim();
      if (text) return text;
    }
    return undefined;
  }

  /**
   * The first variable that `parse` can read, else `fallback`.
   *
   * @param must What a good value is, to follow "it must be".
   */
  first<T>(
    names: readonly string[],
    must: string,
    parse: (text: string) => T | undefined,
    fallback: T,
  ): T {
    const bad: [name: string, text: string][] = [];
    let value: T | undefined;
    for (const name of names) {
      const text = this.text(name);
      if (text === undefined) continue;
      value = parse(text);
      if (value !== undefined) break;
      bad.push([name, text]);
    }
    const used = value ?? fallback;
    for (const [name, text] of bad) {
      this.bad(name, must, text, `${used === Infinity ? "no limit" : used} is used instead`);
    }
    return used;
  }

  /** True only for `true`, in any case; anything but `false` besides is told, and false. */
  boolean(...names: string[]): boolean {
    const name = names.find((name) => this.text(name) !== undefined);
    const text = name === undefined ? undefined : this.text(name);
    if (name === undefined || text === undefined) return false;
    const value = text.toLowerCase();
    if (value !== "true" && value !== "false") {
      this.bad(name, "true or false", text, "false is used instead");
    }
    return value === "true";
  }

  /** One of `choices`, in any case. */
  oneOf<T extends string>(names: readonly string[], choices: readonly T[], fallback: T): T {
    const parse = (text: string) => choices.find((choice) => choice === text.toLowerCase());
    return this.first(names, oneOfList(choices), parse, fallback);
  }

  /** An integer from `min` on. */
  integer(names: readonly string[], fallback: number, min = 0): number {
    return this.first(names, `an integer ${min}-${MAX_INTEGER}`, (text) => {
      const value = /^[+-]?\d+$/.test(text) ? Number(text) : NaN;
      return value >= min && value <= MAX_INTEGER ? value : undefined;
    }, fallback);
  }

  /** A timeout in milliseconds; 0 says that there is none, which is `Infinity` here. */
  timeout(names: readonly string[], fallback: number): number {
    return this.integer(names, fallback) || Infinity;
  }

  /** The members of a comma list, in lower case, each once, without empty ones. */
  list(name: string): string[] {
    const members = (this.text(name) ?? "").toLowerCase().split(",");
    return [...new Set(members.map((member) => member.trim()).filter(Boolean))];
  }

  /**
   * Tells in one line that a variable cannot be used as it is.
   *
   * @param text Its value, or `undefined` where it is a secret.
   * @param instead What happens instead.
   */
  bad(name: string, must: string, text: string | undefined, instead: string): void {
    const value = text === undefined ? "not shown" : JSON.stringify(
      text.length > SHOWN ? `${text.slice(0, SHOWN)}...` : text,
    );
    this.#warn(`Cannot use ${name} as it must be ${must}: current value is ${value}, ${instead}`);
  }
}

/** `a, b or c`. */
export function oneOfList(choices: readonly string[]): string {
  return `${choices.slice(0, -1).join(", ")} or ${choices.at(-1)}`;
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
export function readHeaders(
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
    const decoded = value !== undefined && HEADER_VALUE.test(value) ? decode(value) : undefined;
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

/** Reads resource attributes; any error in them, and all of the value is discarded. */
export function readResourceAttributes(values: EnvValues, name: string): Record<string, string> {
  const text = values.text(name);
  const attributes = new Map<string, string>();
  for (const member of (text ?? "").split(",")) {
    if (trimOws(member) === "") continue;
    const { key, value } = splitPair(member);
    const [decodedKey, decoded] = [decode(key), value?.includes("=") ? undefined : decode(value)];
    if (!decodedKey || decoded === undefined) {
      values.bad(
        name,
        "key=value,key2=value2 with , = and % percent-encoded",
        text,
        "none is used",
      );
      return {};
    }
    attributes.set(decodedKey, decoded);
  }
  return Object.fromEntries(attributes);
}

/** Decodes `%XX`; `undefined` where that cannot be done. */
function decode(text: string | undefined): string | undefined {
  try {
    return text === undefined ? undefined : decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

/** Where OTLP goes: what {@linkcode Settings} says of it. */
export interface Endpoint {
  readonly protocol: Protocol;
  readonly endpoint: string;
  readonly insecure: boolean;
  /** Whether a variable names an endpoint that can be used. */
  readonly named: boolean;
}

/** The names of an OTLP exporter's variable: the one for traces comes first. */
export function otlpNames(name: string): [traces: string, general: string] {
  return [`OTEL_EXPORTER_OTLP_TRACES_${name}`, `OTEL_EXPORTER_OTLP_${name}`];
}

const PROTOCOLS: readonly Protocol[] = ["grpc", "http/protobuf", "http/json"];
/** The port of gRPC where the endpoint has neither a port nor a scheme with one. */
const GRPC_PORT = 4317;
const DEFAULT_GRPC = `http://localhost:${GRPC_PORT}`;
const DEFAULT_HTTP = "http://localhost:4318/v1/traces";

/**
 * Reads `OTEL_EXPORTER_OTLP_*` for protocol, endpoint and TLS.
 *
 * @param wanted Whether spans go to the default endpoint where none is named.
 */
export function readEndpoint(values: EnvValues, wanted: boolean): Endpoint {
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
    const used = found?.name ?? (wanted ? endpoint : "no endpoint");
    values.bad(name, must, withoutSecrets(text), `${used} is used instead`);
  }
  return {
    protocol,
    endpoint,
    insecure: endpoint.startsWith("unix:") ? withoutTls : endpoint.startsWith("http:"),
    named: found !== undefined,
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
