import fc from "fast-check";
import type {
  RecordAttributes,
  RecordEvent,
  RecordLink,
  RecordResource,
  RecordScope,
  RecordValue,
  SpanRecord,
} from "../../src/trace/record.ts";

/** Random spans, in the form in which a decoder gives them (no empty optional fields). */
export interface RecordArbitraries {
  value: fc.Arbitrary<RecordValue>;
  resource: fc.Arbitrary<RecordResource>;
  scope: fc.Arbitrary<RecordScope>;
  /** Spans of one resource and scope each. */
  span: fc.Arbitrary<SpanRecord>;
  /** Spans that share a few resources and scopes. */
  spans: fc.Arbitrary<SpanRecord[]>;
}

/** Random spans whose texts are those of `text`. */
export function recordArbitraries(text: fc.Arbitrary<string>): RecordArbitraries {
  const nonEmpty = text.filter((value) => value !== "");
  const uint32 = fc.integer({ min: 1, max: 2 ** 32 - 1 });
  const nanos = fc.bigInt({ min: 1n, max: 2n ** 64n - 1n });
  const hex = (digits: number) =>
    fc.bigInt({ min: 1n, max: 16n ** BigInt(digits) - 1n })
      .map((id) => id.toString(16).padStart(digits, "0"));
  const { value } = fc.letrec<{ value: RecordValue }>((tie) => ({
    value: fc.oneof(
      { depthSize: "small" },
      text,
      fc.boolean(),
      fc.constant(null),
      fc.maxSafeInteger(),
      fc.double(),
      fc.constantFrom(-0, 1e-7, 1.5e-9, 1e-10, 1e21, 2 ** 53),
      fc.bigInt({ min: 2n ** 53n, max: 2n ** 63n - 1n }),
      fc.bigInt({ min: -(2n ** 63n), max: -(2n ** 53n) }),
      fc.uint8Array({ maxLength: 9 }).map((bytes) => new Uint8Array(bytes)),
      fc.array(tie("value"), { maxLength: 3 }),
      fc.dictionary(text, tie("value"), { maxKeys: 3, noNullPrototype: true }),
    ),
  }));
  const some = fc.dictionary(text, value, { maxKeys: 4, noNullPrototype: true });
  const details = some.filter((map) => Object.keys(map).length > 0);
  const optional = <T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }, required: (keyof T)[]) =>
    fc.record(model, { requiredKeys: required, noNullPrototype: true }) as fc.Arbitrary<T>;
  const event = optional<Required<RecordEvent>>({
    timeUnixNano: nanos,
    name: text,
    attributes: details,
    droppedAttributesCount: uint32,
  }, ["timeUnixNano", "name"]);
  const link = optional<Required<RecordLink>>({
    traceId: hex(32),
    spanId: hex(16),
    traceState: nonEmpty,
    attributes: details,
    droppedAttributesCount: uint32,
    flags: uint32,
  }, ["traceId", "spanId"]);
  const resource = optional<Required<RecordResource>>({
    attributes: some as fc.Arbitrary<RecordAttributes>,
    droppedAttributesCount: uint32,
    schemaUrl: nonEmpty,
  }, ["attributes"]);
  const scope = optional<Required<RecordScope>>({
    name: text,
    version: nonEmpty,
    attributes: details,
    droppedAttributesCount: uint32,
    schemaUrl: nonEmpty,
  }, ["name"]);
  const status = optional<{ code: number; message: string }>({
    code: fc.integer({ min: 0, max: 2 }),
    message: nonEmpty,
  }, ["code"]);
  const spanOf = (
    resources: fc.Arbitrary<RecordResource>,
    scopes: fc.Arbitrary<RecordScope>,
  ): fc.Arbitrary<SpanRecord> =>
    optional<Required<SpanRecord>>({
      traceId: hex(32),
      spanId: hex(16),
      parentSpanId: hex(16),
      traceState: nonEmpty,
      flags: fc.nat({ max: 2 ** 31 - 1 }),
      name: text,
      kind: fc.integer({ min: 0, max: 5 }),
      startTimeUnixNano: nanos,
      endTimeUnixNano: nanos,
      attributes: some as fc.Arbitrary<RecordAttributes>,
      droppedAttributesCount: uint32,
      events: fc.array(event, { minLength: 1, maxLength: 3 }) as fc.Arbitrary<RecordEvent[]>,
      droppedEventsCount: uint32,
      links: fc.array(link, { minLength: 1, maxLength: 3 }) as fc.Arbitrary<RecordLink[]>,
      droppedLinksCount: uint32,
      status,
      resource: resources,
      scope: scopes,
    }, [
      "traceId",
      "spanId",
      "flags",
      "name",
      "kind",
      "startTimeUnixNano",
      "attributes",
      "status",
      "resource",
      "scope",
    ]);
  const few = <T>(item: fc.Arbitrary<T>) => fc.array(item, { minLength: 1, maxLength: 3 });
  const spans = fc.tuple(few(resource), few(scope)).chain(([resources, scopes]) =>
    fc.array(spanOf(fc.constantFrom(...resources), fc.constantFrom(...scopes)), { maxLength: 8 })
  );
  return { value, resource, scope, span: spanOf(resource, scope), spans };
}
