/**
 * The one currency of coldtrace: a span as plain data, in OTLP's terms
 * (opentelemetry-proto 1.x, `Span` with its `Resource` and `InstrumentationScope`).
 *
 * The tracer makes records, the channel to a launcher, receivers and log readers deliver
 * them, the run store writes them, the exporter sends them, and every reading is a pure
 * function of them.
 *
 * @module
 */

/**
 * An OTLP `AnyValue`. A `number` that is an integer (and not -0) is an OTLP int, any other
 * a double; a `bigint` is an int beyond 2^53; `null` is an empty value.
 */
export type RecordValue =
  | string
  | number
  | boolean
  | bigint
  | null
  | Uint8Array
  | readonly RecordValue[]
  | { readonly [key: string]: RecordValue };

/** Attributes as they stand in a record. */
export type RecordAttributes = { [key: string]: RecordValue };

/** Who made a span: a process of some service. */
export interface RecordResource {
  /** `service.name`, `process.pid` and so on. */
  attributes: RecordAttributes;
  /** How many attributes were dropped. */
  droppedAttributesCount?: number;
  /** The schema that the attribute names follow. */
  schemaUrl?: string;
}

/** Which module made a span. */
export interface RecordScope {
  /** The name given to `getTracer`. */
  name: string;
  /** The version given to `getTracer`. */
  version?: string;
  /** Attributes of the scope. */
  attributes?: RecordAttributes;
  /** How many attributes were dropped. */
  droppedAttributesCount?: number;
  /** The schema that the attribute names follow. */
  schemaUrl?: string;
}

/** A point in time within a span. */
export interface RecordEvent {
  /** When, in nanoseconds since the Unix epoch. */
  timeUnixNano: bigint;
  /** What happened. */
  name: string;
  /** Details. */
  attributes?: RecordAttributes;
  /** How many attributes were dropped. */
  droppedAttributesCount?: number;
}

/** A pointer to another span. */
export interface RecordLink {
  /** 32 lower-case hexadecimal digits. */
  traceId: string;
  /** 16 lower-case hexadecimal digits. */
  spanId: string;
  /** W3C `tracestate` of the span pointed to. */
  traceState?: string;
  /** Details. */
  attributes?: RecordAttributes;
  /** How many attributes were dropped. */
  droppedAttributesCount?: number;
  /** OTLP span flags: W3C trace flags in bits 0 to 7. */
  flags?: number;
}

/** A span as plain data: an OTLP span with its resource and scope. */
export interface SpanRecord {
  /** 32 lower-case hexadecimal digits. */
  traceId: string;
  /** 16 lower-case hexadecimal digits. */
  spanId: string;
  /** The parent's span id; absent for a root. */
  parentSpanId?: string;
  /** W3C `tracestate`, where not empty. */
  traceState?: string;
  /** OTLP span flags: W3C trace flags in bits 0 to 7, bit 8 "bit 9 is known", bit 9 "parent is remote". */
  flags: number;
  /** What was done. */
  name: string;
  /** OTLP's number: 0 unspecified, 1 internal, 2 server, 3 client, 4 producer, 5 consumer. */
  kind: number;
  /** When it began, in nanoseconds since the Unix epoch. */
  startTimeUnixNano: bigint;
  /** When it ended; absent while the span is open. */
  endTimeUnixNano?: bigint;
  /** Details. */
  attributes: RecordAttributes;
  /** How many attributes were dropped. */
  droppedAttributesCount?: number;
  /** Points in time. */
  events?: RecordEvent[];
  /** How many events were dropped. */
  droppedEventsCount?: number;
  /** Pointers to other spans. */
  links?: RecordLink[];
  /** How many links were dropped. */
  droppedLinksCount?: number;
  /** 0 unset, 1 ok, 2 error; and why. */
  status: { code: number; message?: string };
  /** Who made it. Records of one process share one object. */
  resource: RecordResource;
  /** Which module made it. Records of one tracer share one object. */
  scope: RecordScope;
}
