import type { RecordAttributes, RecordValue } from "../trace/record.ts";
import { flaw, type Message } from "./_protobuf_message.ts";

/** Protobuf's own limit; without one, a hostile body could exhaust the stack. */
const MAX_DEPTH = 100;

/** Attributes under way: of a repeated key the last one stays. */
export class Attributes {
  readonly #entries: [string, RecordValue][];

  /** A message may come in several parts; the attributes of the earlier ones stay. */
  constructor(earlier: RecordAttributes = {}) {
    this.#entries = Object.entries(earlier);
  }

  /** Takes a `KeyValue`. */
  add(entry: Message, depth = 0): void {
    let key = "";
    let value: RecordValue = null;
    while (entry.next()) {
      if (entry.field === 1) key = entry.text("attribute.key");
      else if (entry.field === 2) value = decodeValue(entry.message("attribute.value"), depth);
    }
    this.#entries.push([key, value]);
  }

  /** All of them; a key `__proto__` is one like any other. */
  map(): RecordAttributes {
    return Object.fromEntries(this.#entries);
  }

  /** Puts them where no attributes are no property. */
  putInto(part: { attributes?: RecordAttributes }): void {
    if (this.#entries.length > 0) part.attributes = this.map();
  }
}

/** An `AnyValue`; of several values in one, the last one counts. */
function decodeValue(any: Message, depth: number): RecordValue {
  if (depth > MAX_DEPTH) throw flaw("'attribute.value'", `at most ${MAX_DEPTH} deep`);
  let value: RecordValue = null;
  while (any.next()) {
    switch (any.field) {
      case 1:
        value = any.text("stringValue");
        break;
      case 2:
        value = any.boolean("boolValue");
        break;
      case 3: {
        const int = any.int64("intValue");
        value = Number.isSafeInteger(Number(int)) ? Number(int) : int;
        break;
      }
      case 4:
        value = any.double("doubleValue");
        break;
      case 5:
        value = decodeArray(any.message("arrayValue"), depth + 1);
        break;
      case 6:
        value = decodeMap(any.message("kvlistValue"), depth + 1);
        break;
      case 7:
        value = any.bytes("bytesValue");
    }
  }
  return value;
}

function decodeArray(message: Message, depth: number): RecordValue {
  const values: RecordValue[] = [];
  while (message.next()) {
    if (message.field === 1) values.push(decodeValue(message.message("arrayValue.values"), depth));
  }
  return values;
}

function decodeMap(message: Message, depth: number): RecordValue {
  const attributes = new Attributes();
  while (message.next()) {
    if (message.field === 1) attributes.add(message.message("kvlistValue.values"), depth);
  }
  return attributes.map();
}
