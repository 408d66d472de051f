/**
 * What the `OTEL_*` variables ask for.
 *
 * @module
 */
import {
  EnvValues,
  oneOfList,
  otlpNames,
  readEndpoint,
  readHeaders,
  readResourceAttributes,
} from "./env_values.ts";
import type { RecordAttributes } from "./record.ts";
import type { SpanContext } from "./types.ts";

/** How spans leave: one of OTLP's transports. */
export type Protocol = "grpc" | "http/protobuf" | "http/json";

/** A context format that is carried from process to process. */
export type Propagator = "tracecontext" | "baggage";

/** One of the six samplers that the specification names. */
export type SamplerName =
  | "always_on"
  | "always_off"
  | "traceidratio"
  | "parentbased_always_on"
  | "parentbased_always_off"
  | "parentbased_traceidratio";

/** Everything that the `OTEL_*` variables decide. `Infinity` means "no limit" throughout. */
export interface Settings {
  /** `OTEL_SDK_DISABLED`: no spans; context still passes through. */
  readonly disabled: boolean;
  /** Where spans go by `OTEL_TRACES_EXPORTER`; `console` is stderr. */
  readonly exporter: "otlp" | "console" | "none";
  /** Whether spans are to be exported at all. */
  readonly on: boolean;
  /** The transport of `otlp`. */
  readonly protocol: Protocol;
  /** The final URL: with `v1/traces` for HTTP, `http(s)://host:port` (or `unix:PATH`) for gRPC. */
  readonly endpoint: string;
  /** Whether the connection goes without TLS; decided already, for gRPC too. */
  readonly insecure: boolean;
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
  /** `OTEL_SERVICE_NAME`, else `service.name` of `OTEL_RESOURCE_ATTRIBUTES`. */
  readonly serviceName?: string;
  /** `OTEL_RESOURCE_ATTRIBUTES`, with `service.name` as in `serviceName`. */
  readonly resourceAttributes: Readonly<RecordAttributes>;
  /** Which new spans are recorded and exported; `ratio` is 0 to 1, and 1 where not asked for. */
  readonly sampler: { readonly name: SamplerName; readonly ratio: number };
  /** Batching, `OTEL_BSP_*`: milliseconds (`exportTimeout` may be `Infinity`), and spans. */
  readonly batch: {
    readonly scheduleDelay: number;
    readonly exportTimeout: number;
    readonly maxQueueSize: number;
    readonly maxExportBatchSize: number;
  };
  /** Span limits: counts, and characters of an attribute value. */
  readonly limits: {
    readonly attributeCount: number;
    readonly attributeValueLength: number;
    readonly eventCount: number;
    readonly linkCount: number;
    readonly eventAttributeCount: number;
    readonly linkAttributeCount: number;
  };
  /** The context formats to read and write; not affected by `disabled`. */
  readonly propagators: ReadonlySet<Propagator>;
  /** `OTEL_DENO=true`: Deno's own telemetry is on. */
  readonly denoOtel: boolean;
}

const EXPORTERS: readonly Settings["exporter"][] = ["otlp", "console", "none"];
const PROPAGATORS: readonly Propagator[] = ["tracecontext", "baggage"];
const SAMPLERS: readonly SamplerName[] = [
  "always_on",
  "always_off",
  "traceidratio",
  "parentbased_always_on",
  "parentbased_always_off",
  "parentbased_traceidratio",
];

/**
 * Reads the settings from environment variables. Pure, and never throws: each bad value is
 * one warning, and what stands in {@linkcode Settings} is what is used instead.
 *
 * @param read The value of a variable, if it has one.
 * @param warn Called with one line for each bad value.
 */
export function readSettings(
  read: (name: string) => string | undefined,
  warn: (line: string) => void,
): Settings {
  const values = new EnvValues(read, warn);
  const disabled = values.boolean("OTEL_SDK_DISABLED");
  // Not a Boolean of the specification: it is Deno's, which itself warns of bad values.
  const denoOtel = values.text("OTEL_DENO")?.toLowerCase() === "true";
  const asked = readExporter(values);
  const exporter = asked ?? "otlp";
  const wanted = asked === "otlp" || denoOtel;
  const { named, ...endpoint } = readEndpoint(values, wanted);
  const paths = readPaths(values);
  const resourceAttributes = readResourceAttributes(values, "OTEL_RESOURCE_ATTRIBUTES");
  const serviceName = values.text("OTEL_SERVICE_NAME") ?? resourceAttributes["service.name"];
  if (serviceName) resourceAttributes["service.name"] = serviceName;
  return {
    disabled,
    exporter,
    on: !disabled && (exporter === "console" || exporter === "otlp" && (named || wanted)),
    ...endpoint,
    headers: readHeaders(values, otlpNames("HEADERS"), endpoint.protocol),
    timeout: values.timeout(otlpNames("TIMEOUT"), 10_000),
    compression: values.oneOf(otlpNames("COMPRESSION"), ["gzip", "none"], "none"),
    ...paths,
    ...(serviceName ? { serviceName } : {}),
    resourceAttributes,
    sampler: readSampler(values),
    batch: readBatch(values),
    limits: readLimits(values),
    propagators: readPropagators(values),
    denoOtel,
  };
}

/** The first known member of `OTEL_TRACES_EXPORTER`; anything else in it is told. */
function readExporter(values: EnvValues): Settings["exporter"] | undefined {
  const name = "OTEL_TRACES_EXPORTER";
  const members = values.list(name);
  const used = members.flatMap((member) => EXPORTERS.filter((known) => known === member))[0];
  if (members.length > 1 || (members.length === 1 && used === undefined)) {
    const instead = used === undefined ? "it is ignored" : `${used} is used instead`;
    values.bad(name, oneOfList(EXPORTERS), values.text(name), instead);
  }
  return used;
}

function readPaths(
  values: EnvValues,
): Pick<Settings, "certificate" | "clientKey" | "clientCertificate"> {
  const certificate = values.text(...otlpNames("CERTIFICATE"));
  const clientKey = values.text(...otlpNames("CLIENT_KEY"));
  const clientCertificate = values.text(...otlpNames("CLIENT_CERTIFICATE"));
  return {
    ...(certificate === undefined ? {} : { certificate }),
    ...(clientKey === undefined ? {} : { clientKey }),
    ...(clientCertificate === undefined ? {} : { clientCertificate }),
  };
}

/** `OTEL_TRACES_SAMPLER_ARG` says something only to the samplers that take a ratio. */
function readSampler(values: EnvValues): Settings["sampler"] {
  const name = values.oneOf(["OTEL_TRACES_SAMPLER"], SAMPLERS, "parentbased_always_on");
  if (!name.endsWith("traceidratio")) return { name, ratio: 1 };
  const ratio = values.first(["OTEL_TRACES_SAMPLER_ARG"], "a number 0-1", (text) => {
    const value = /^\+?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : NaN;
    return value <= 1 ? value : undefined;
  }, 1);
  return { name, ratio };
}

function readBatch(values: EnvValues): Settings["batch"] {
  const maxQueueSize = values.integer(["OTEL_BSP_MAX_QUEUE_SIZE"], 2048, 1);
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

/** A limit of its own comes first, then the general one for attributes, then the default. */
function readLimits(values: EnvValues): Settings["limits"] {
  const count = values.integer(["OTEL_ATTRIBUTE_COUNT_LIMIT"], 128);
  const length = values.integer(["OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT"], Infinity);
  return {
    attributeCount: values.integer(["OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT"], count),
    attributeValueLength: values.integer(["OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT"], length),
    eventCount: values.integer(["OTEL_SPAN_EVENT_COUNT_LIMIT"], 128),
    linkCount: values.integer(["OTEL_SPAN_LINK_COUNT_LIMIT"], 128),
    eventAttributeCount: values.integer(["OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT"], count),
    linkAttributeCount: values.integer(["OTEL_LINK_ATTRIBUTE_COUNT_LIMIT"], count),
  };
}

/** The known members of `OTEL_PROPAGATORS`; both where none is known and `none` is not asked for. */
function readPropagators(values: EnvValues): Settings["propagators"] {
  const name = "OTEL_PROPAGATORS";
  const members = values.list(name);
  const off = members.includes("none");
  const known = off ? [] : PROPAGATORS.filter((propagator) => members.includes(propagator));
  const used = off || known.length > 0 ? known : PROPAGATORS;
  if (members.length !== (off ? 1 : known.length)) {
    const must = `a list of ${PROPAGATORS.join(" and ")}, or none`;
    values.bad(name, must, values.text(name), `${used.join(",") || "none"} is used instead`);
  }
  return new Set(used);
}

/** Whether a new span of `traceId` is sampled, given its parent's identity. */
export function isSampled(
  { name, ratio }: Settings["sampler"],
  traceId: string,
  parent: SpanContext | undefined,
): boolean {
  switch (name) {
    case "always_on":
      return true;
    case "always_off":
      return false;
    case "traceidratio":
      return isInRatio(traceId, ratio);
  }
  if (parent !== undefined) return (parent.traceFlags & 1) === 1;
  switch (name) {
    case "parentbased_always_on":
      return true;
    case "parentbased_always_off":
      return false;
    case "parentbased_traceidratio":
      return isInRatio(traceId, ratio);
  }
}

/**
 * Whether the low 64 bits of a trace id are among the first `ratio` of all numbers: what Go's,
 * Java's and Python's SDKs decide too, so that processes of one trace agree.
 */
function isInRatio(traceId: string, ratio: number): boolean {
  if (ratio >= 1) return true; // a number can be rounded up to 2^64
  const high = parseInt(traceId.slice(16, 24), 16);
  const low = parseInt(traceId.slice(24, 32), 16);
  return high * 2 ** 32 + low < ratio * 2 ** 64;
}
