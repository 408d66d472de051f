/**
 * What the `OTEL_*` variables ask of the tracer, and how variables are read. Where spans are to be
 * sent, and how, is read when there are some (`export_settings.ts`).
 *
 * An empty value is an unset one. What cannot be read, or is out of range, is told in one
 * line and treated as unset. Of several names the first with a good value decides, so that a
 * signal's own variable comes before the general one.
 *
 * Source: OpenTelemetry specification, "Environment Variable Specification" and "Common
 * Configuration Specification" (1.60).
 *
 * @module
 */
import type { RecordAttributes } from "./record.ts";
import type { SpanContext } from "./types.ts";
import { splitPair, trimOws } from "./w3c.ts";

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

/** What the variables ask of the tracer. `Infinity` means "no limit" throughout. */
export interface Settings {
  /** `OTEL_SDK_DISABLED`: no spans; context still passes through. */
  readonly disabled: boolean;
  /** Where spans go by `OTEL_TRACES_EXPORTER`; `console` is stderr. */
  readonly exporter: "otlp" | "console" | "none";
  /** Whether spans go to the default endpoint where none is named. */
  readonly byDefault: boolean;
  /** Whether spans are to be exported, as far as the endpoint that is named is one. */
  readonly on: boolean;
  /** `OTEL_RESOURCE_ATTRIBUTES`, with `OTEL_SERVICE_NAME` as `service.name`. */
  readonly resourceAttributes: Readonly<RecordAttributes>;
  /** Which new spans are recorded and exported; `ratio` is 0 to 1, and 1 where not asked for. */
  readonly sampler: { readonly name: SamplerName; readonly ratio: number };
  /** How many spans wait for export at most. */
  readonly maxQueueSize: number;
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
}

/** Has the value of a variable, if that is set. */
export type ReadVariable = (name: string) => string | undefined;

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

/** The specification's defaults. */
const DEFAULTS: Settings = {
  disabled: false,
  exporter: "otlp",
  byDefault: false,
  on: false,
  resourceAttributes: {},
  sampler: { name: "parentbased_always_on", ratio: 1 },
  maxQueueSize: 2048,
  limits: {
    attributeCount: 128,
    attributeValueLength: Infinity,
    eventCount: 128,
    linkCount: 128,
    eventAttributeCount: 128,
    linkAttributeCount: 128,
  },
  propagators: new Set(PROPAGATORS),
};

/** The variables that decide all this. */
const NAMES: readonly string[] = [
  "OTEL_SDK_DISABLED",
  "OTEL_DENO",
  "OTEL_TRACES_EXPORTER",
  ...otlpNames("ENDPOINT"),
  "OTEL_SERVICE_NAME",
  "OTEL_RESOURCE_ATTRIBUTES",
  "OTEL_TRACES_SAMPLER",
  "OTEL_BSP_MAX_QUEUE_SIZE",
  "OTEL_ATTRIBUTE_COUNT_LIMIT",
  "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT",
  "OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT",
  "OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT",
  "OTEL_SPAN_EVENT_COUNT_LIMIT",
  "OTEL_SPAN_LINK_COUNT_LIMIT",
  "OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT",
  "OTEL_LINK_ATTRIBUTE_COUNT_LIMIT",
  "OTEL_PROPAGATORS",
];

/**
 * Reads the settings from environment variables. Pure, and never throws: each bad value is
 * one warning, and what stands in {@linkcode Settings} is what is used instead.
 *
 * @param read The value of a variable, if it has one.
 * @param warn Called with one line for each bad value.
 */
export function readSettings(read: ReadVariable, warn: (line: string) => void): Settings {
  // Most processes have none of them, and to run the rest for the first time takes a millisecond.
  if (NAMES.every((name) => !read(name))) return DEFAULTS;
  const values = new EnvValues(read, warn);
  const disabled = values.boolean("OTEL_SDK_DISABLED");
  const asked = readExporter(values);
  const exporter = asked ?? DEFAULTS.exporter;
  // Not a Boolean of the specification: it is Deno's, which itself warns of bad values.
  const byDefault = asked === "otlp" || values.text("OTEL_DENO")?.toLowerCase() === "true";
  const isNamed = values.text(...otlpNames("ENDPOINT")) !== undefined;
  return {
    disabled,
    exporter,
    byDefault,
    on: !disabled && (exporter === "console" || exporter === "otlp" && (isNamed || byDefault)),
    resourceAttributes: readResourceAttributes(values),
    sampler: readSampler(values),
    maxQueueSize: values.integer(["OTEL_BSP_MAX_QUEUE_SIZE"], DEFAULTS.maxQueueSize, 1),
    limits: readLimits(values),
    propagators: readPropagators(values),
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

/** `OTEL_TRACES_SAMPLER_ARG` says something only to the samplers that take a ratio. */
function readSampler(values: EnvValues): Settings["sampler"] {
  const name = values.oneOf(["OTEL_TRACES_SAMPLER"], SAMPLERS, DEFAULTS.sampler.name);
  if (!name.endsWith("traceidratio")) return { name, ratio: 1 };
  const ratio = values.first(["OTEL_TRACES_SAMPLER_ARG"], "a number 0-1", (text) => {
    const value = /^\+?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : NaN;
    return value <= 1 ? value : undefined;
  }, 1);
  return { name, ratio };
}

/** A limit of its own comes first, then the general one for attributes, then the default. */
function readLimits(values: EnvValues): Settings["limits"] {
  const count = values.integer(["OTEL_ATTRIBUTE_COUNT_LIMIT"], DEFAULTS.limits.attributeCount);
  const length = values.integer(["OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT"], Infinity);
  return {
    attributeCount: values.integer(["OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT"], count),
    attributeValueLength: values.integer(["OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT"], length),
    eventCount: values.integer(["OTEL_SPAN_EVENT_COUNT_LIMIT"], DEFAULTS.limits.eventCount),
    linkCount: values.integer(["OTEL_SPAN_LINK_COUNT_LIMIT"], DEFAULTS.limits.linkCount),
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

/** Any error in the attributes, and all of the value is discarded. */
function readResourceAttributes(values: EnvValues): Record<string, string> {
  const name = "OTEL_RESOURCE_ATTRIBUTES";
  const text = values.text(name);
  const attributes = new Map<string, string>();
  for (const member of (text ?? "").split(",")) {
    if (trimOws(member) === "") continue;
    const { key, value } = splitPair(member);
    const decodedKey = percentDecoded(key);
    const decoded = value?.includes("=") ? undefined : percentDecoded(value);
    if (!decodedKey || decoded === undefined) {
      const must = "key=value,key2=value2 with , = and % percent-encoded";
      values.bad(name, must, text, "none is used");
      attributes.clear();
      break;
    }
    attributes.set(decodedKey, decoded);
  }
  const serviceName = values.text("OTEL_SERVICE_NAME");
  if (serviceName) attributes.set("service.name", serviceName);
  return Object.fromEntries(attributes);
}

/** Decodes `%XX`; `undefined` where that cannot be done. */
export function percentDecoded(text: string | undefined): string | undefined {
  try {
    return text === undefined ? undefined : decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

/** Whether a new span of `traceId` is sampled, given its parent's identity. */
export function isSampled(
  { name, ratio }: Settings["sampler"],
  traceId: string,
  parent: SpanContext | undefined,
): boolean {
  // The default first: it decides nearly every span.
  if (name === "parentbased_always_on") {
    return parent === undefined || (parent.traceFlags & 1) === 1;
  }
  if (parent !== undefined && name.startsWith("parentbased_")) return (parent.traceFlags & 1) === 1;
  return name === "always_on" || (name.endsWith("traceidratio") && isInRatio(traceId, ratio));
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

/** The names of an OTLP exporter's variable: the one for traces comes first. */
export function otlpNames(name: string): [traces: string, general: string] {
  return [`OTEL_EXPORTER_OTLP_TRACES_${name}`, `OTEL_EXPORTER_OTLP_${name}`];
}
