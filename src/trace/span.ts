/**
 * A span while it is being made. It keeps what it is told as it is told it; the record, with
 * its nanoseconds and maps, is made when somebody wants it.
 *
 * @module
 */
import type { LiveSpan } from "./_state.ts";
import { type Moment, momentOf, nanoOf, processResource, settings } from "./process.ts";
import type {
  RecordAttributes,
  RecordEvent,
  RecordLink,
  RecordScope,
  RecordValue,
  SpanRecord,
} from "./record.ts";
import { onEnd } from "./sink.ts";
import type {
  Attributes,
  AttributeValue,
  Exception,
  Link,
  SpanContext,
  SpanOptions,
  SpanStatus,
  TimeInput,
} from "./types.ts";
import { isSpanContextValid } from "./w3c.ts";

/** OTLP span flags: whether the parent is remote is known, and it is. */
const REMOTE_KNOWN = 0x100;
const REMOTE = 0x200;

/** Where a span stands, as its tracer finds it. */
export interface SpanOrigin {
  /** Its identity, which is the span's own from then on. */
  readonly identity: SpanContext;
  /** The span that it is started under, if it is not a root. */
  readonly parent: SpanContext | undefined;
  /** Whether its caller asked for a new trace. */
  readonly detached: boolean;
  /** Which module makes it. */
  readonly scope: RecordScope;
}

interface Event {
  readonly time: Moment;
  readonly name: string;
  readonly attributes: AttributeBag | undefined;
}

interface Pointer {
  readonly link: Link;
  readonly attributes: AttributeBag | undefined;
}

/** A span that is being recorded. */
export class RecordingSpan implements LiveSpan {
  readonly detached: boolean;
  readonly #identity: SpanContext;
  readonly #scope: RecordScope;
  readonly #kind: number;
  readonly #start: Moment;
  #name: string;
  #parent: SpanContext | undefined;
  #end: Moment | undefined = undefined;
  #attributes: AttributeBag | undefined = undefined;
  #events: Event[] | undefined = undefined;
  #droppedEvents = 0;
  #links: Pointer[] | undefined = undefined;
  #droppedLinks = 0;
  #status: SpanStatus | undefined = undefined;

  /** Begins a span, now or when `options` says. */
  constructor(name: string, options: SpanOptions | null | undefined, origin: SpanOrigin) {
    this.#identity = origin.identity;
    this.#scope = origin.scope;
    this.detached = origin.detached;
    this.#name = typeof name === "string" ? name : nameOf(name);
    this.#parent = origin.parent;
    if (!options) {
      this.#kind = 1;
      this.#start = performance.now();
      return;
    }
    // OTLP has 0 for "unspecified", so that its numbers are one more than the API's.
    this.#kind = (options.kind ?? 0) + 1;
    const { startTime } = options;
    this.#start = startTime === undefined ? performance.now() : momentOf(startTime);
    if (options.attributes) this.setAttributes(options.attributes);
    if (options.links) this.addLinks(options.links);
  }

  get parent(): SpanContext | undefined {
    return this.#parent;
  }

  get traceFlags(): number {
    return this.#identity.traceFlags;
  }

  adopt(parent: SpanContext | undefined, traceId: string, traceFlags: number): void {
    this.#parent = parent;
    // In place: who was given this identity keeps one that is right.
    const identity = this.#identity;
    identity.traceId = traceId;
    identity.traceFlags = traceFlags;
    if (parent?.traceState) identity.traceState = parent.traceState;
    else delete identity.traceState;
  }

  spanContext(): SpanContext {
    return this.#identity;
  }

  isRecording(): boolean {
    return this.#end === undefined;
  }

  setAttribute(key: string, value: AttributeValue): this {
    if (this.#end === undefined) {
      (this.#attributes ??= newBag(settings().limits.attributeCount)).set(key, value);
    }
    return this;
  }

  setAttributes(attributes: Attributes): this {
    if (this.#end === undefined) {
      (this.#attributes ??= newBag(settings().limits.attributeCount)).setAll(attributes);
    }
    return this;
  }

  addEvent(name: string, attributesOrTime?: Attributes | TimeInput, time?: TimeInput): this {
    if (this.#end !== undefined) return this;
    let attributes: Attributes | undefined;
    if (isTime(attributesOrTime)) time ??= attributesOrTime;
    else attributes = attributesOrTime;
    const { eventCount, eventAttributeCount } = settings().limits;
    const events = this.#events ??= [];
    events.push({
      name: nameOf(name),
      time: momentOf(time),
      attributes: bagOf(attributes, eventAttributeCount),
    });
    if (events.length > eventCount) {
      // The oldest goes: the last ones, an exception say, tell how it ended.
      events.shift();
      this.#droppedEvents++;
    }
    return this;
  }

  addLink(link: Link): this {
    if (this.#end !== undefined) return this;
    const { linkCount, linkAttributeCount } = settings().limits;
    const links = this.#links ??= [];
    // One with ids that are none would cost the whole batch: every exporter refuses it.
    const isValid = link?.context && isSpanContextValid(link.context);
    if (isValid && links.length < linkCount) {
      links.push({ link, attributes: bagOf(link.attributes, linkAttributeCount) });
    } else {
      this.#droppedLinks++;
    }
    return this;
  }

  addLinks(links: Link[]): this {
    for (const link of links) this.addLink(link);
    return this;
  }

  setStatus(status: SpanStatus): this {
    // OK is final, and unset sets nothing (OpenTelemetry specification, "Set Status").
    if (this.#end !== undefined || this.#status?.code === 1 || status.code === 0) return this;
    this.#status = status.code === 2 && typeof status.message === "string"
      ? { code: 2, message: status.message }
      : { code: status.code };
    return this;
  }

  updateName(name: string): this {
    if (this.#end === undefined) this.#name = nameOf(name);
    return this;
  }

  recordException(exception: Exception, time?: TimeInput): void {
    this.addEvent("exception", exceptionAttributes(exception), time);
  }

  end(endTime?: TimeInput): void {
    if (this.#end !== undefined) return;
    this.#end = endTime === undefined ? performance.now() : momentOf(endTime);
    onEnd(this);
  }

  toRecord(): SpanRecord {
    const context = this.#identity;
    const start = nanoOf(this.#start);
    const parent = this.#parent;
    const record: SpanRecord = {
      traceId: context.traceId,
      spanId: context.spanId,
      flags: otlpFlags(context.traceFlags, parent),
      name: this.#name,
      kind: this.#kind,
      startTimeUnixNano: start,
      attributes: this.#attributes?.toRecord() ?? {},
      status: { ...(this.#status ?? { code: 0 }) },
      resource: processResource(),
      scope: this.#scope,
    };
    if (parent !== undefined) record.parentSpanId = parent.spanId;
    const traceState = context.traceState?.serialize();
    if (traceState) record.traceState = traceState;
    if (this.#end !== undefined) {
      const end = nanoOf(this.#end);
      record.endTimeUnixNano = end < start ? start : end;
    }
    if (this.#attributes?.dropped) record.droppedAttributesCount = this.#attributes.dropped;
    if (this.#events?.length) record.events = this.#events.map(eventRecord);
    if (this.#droppedEvents > 0) record.droppedEventsCount = this.#droppedEvents;
    if (this.#links?.length) record.links = this.#links.map(linkRecord);
    if (this.#droppedLinks > 0) record.droppedLinksCount = this.#droppedLinks;
    return record;
  }
}

/** A name as a text, since what is none (a symbol, say) would cost its whole batch. */
function nameOf(name: unknown): string {
  try {
    return String(name);
  } catch {
    return "";
  }
}

function newBag(maxCount: number): AttributeBag {
  return new AttributeBag(maxCount, settings().limits.attributeValueLength);
}

function bagOf(attributes: Attributes | undefined, maxCount: number): AttributeBag | undefined {
  if (!attributes) return undefined;
  const bag = newBag(maxCount);
  bag.setAll(attributes);
  return bag;
}

/** W3C trace flags, and whether the span pointed to (or the parent) is of another process. */
function otlpFlags(traceFlags: number, other: SpanContext | undefined): number {
  return (traceFlags & 0xff) | REMOTE_KNOWN | (other?.isRemote ? REMOTE : 0);
}

function isTime(value: Attributes | TimeInput | undefined): value is TimeInput {
  return typeof value === "number" || value instanceof Date || Array.isArray(value);
}

function eventRecord({ time, name, attributes }: Event): RecordEvent {
  const record: RecordEvent = { timeUnixNano: nanoOf(time), name };
  if (attributes !== undefined) record.attributes = attributes.toRecord();
  if (attributes?.dropped) record.droppedAttributesCount = attributes.dropped;
  return record;
}

function linkRecord({ link, attributes }: Pointer): RecordLink {
  const { traceId, spanId, traceFlags, traceState } = link.context;
  const record: RecordLink = { traceId, spanId, flags: otlpFlags(traceFlags, link.context) };
  const serialized = traceState?.serialize();
  if (serialized) record.traceState = serialized;
  if (attributes !== undefined) record.attributes = attributes.toRecord();
  const dropped = (link.droppedAttributesCount ?? 0) + (attributes?.dropped ?? 0);
  if (dropped > 0) record.droppedAttributesCount = dropped;
  return record;
}

/**
 * An exception in OpenTelemetry's terms (semantic conventions, "Exceptions"). Anything can
 * be thrown, whatever the types say, and looking at it must not throw again.
 */
function exceptionAttributes(thrown: unknown): Attributes {
  try {
    if (typeof thrown !== "object" || thrown === null) {
      return { "exception.message": String(thrown) };
    }
    const { name, code, message, stack } = thrown as Partial<Record<string, AttributeValue>>;
    return {
      "exception.type": name ?? code?.toString(),
      "exception.message": message,
      "exception.stacktrace": stack,
    };
  } catch {
    return {};
  }
}

type Primitive = string | number | boolean;

/**
 * The attributes of one span, event or link, within their limits. Those of `coldtrace.*` are
 * beyond limits: by them a launcher knows what a span is (`coldtrace.phase` `first_token` ends a
 * start), so that a limit meant for what users add must not reach them.
 *
 * Keys and values in turn in one list: there are few, they are only ever added, most are read
 * once, and a live span should leave little to the garbage collector.
 */
export class AttributeBag {
  readonly #maxLength: number;
  #room: number;
  #list: RecordValue[] | undefined = undefined;
  /** How many attributes found no room. */
  dropped = 0;

  /** Holds `maxCount` attributes with strings of at most `maxLength` characters. */
  constructor(maxCount: number, maxLength: number) {
    this.#room = maxCount;
    this.#maxLength = maxLength;
  }

  /** Sets one attribute. What is no attribute (no key, no value, an object) is left out. */
  set(key: string, value: AttributeValue | undefined): void {
    if (typeof key !== "string" || key === "") return;
    const isControl = key.startsWith("coldtrace.");
    const kept = this.#kept(value, isControl ? Infinity : this.#maxLength);
    if (kept === undefined) return;
    const list = this.#list;
    const length = list === undefined ? 0 : list.length;
    for (let i = 0; list !== undefined && i < length; i += 2) {
      if (list[i] === key) {
        list[i + 1] = kept;
        return;
      }
    }
    if (!isControl && this.#room-- <= 0) {
      this.dropped++;
      return;
    }
    if (list === undefined) this.#list = [key, kept];
    else list.push(key, kept);
  }

  /** Sets several attributes. */
  setAll(attributes: Attributes): void {
    for (const key in attributes) {
      if (Object.hasOwn(attributes, key)) this.set(key, attributes[key]);
    }
  }

  /** The attributes as they stand in a record. */
  toRecord(): RecordAttributes {
    const record: RecordAttributes = {};
    const list = this.#list ?? [];
    for (let i = 0; i < list.length; i += 2) {
      const key = list[i] as string;
      const value = list[i + 1] ?? null;
      if (key === "__proto__") {
        // Assigning this one would set the record's prototype.
        Object.defineProperty(record, key, {
          value,
          enumerable: true,
          configurable: true,
          writable: true,
        });
      } else {
        record[key] = value;
      }
    }
    return record;
  }

  /** A value as it is kept: strings cut, arrays copied; `undefined` if it is none. */
  #kept(value: unknown, maxLength: number): RecordValue | undefined {
    if (typeof value === "string") return cut(value, maxLength);
    if (typeof value === "number" || typeof value === "boolean") return value;
    if (!Array.isArray(value)) return undefined;
    const first = value.find((item) => item !== null && item !== undefined);
    const items: (Primitive | null)[] = [];
    for (const item of value) {
      if (item === null || item === undefined) items.push(null);
      else if (typeof item !== typeof first) return undefined;
      else if (typeof item === "string") items.push(cut(item, maxLength));
      else if (typeof item === "number" || typeof item === "boolean") items.push(item);
      else return undefined;
    }
    return items;
  }
}

/** A string cut to the limit, never within a surrogate pair. */
function cut(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text;
  const last = text.charCodeAt(maxLength - 1);
  const splits = last >= 0xd800 && last <= 0xdbff;
  return text.slice(0, splits ? maxLength - 1 : maxLength);
}
