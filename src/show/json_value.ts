/**
 * Attributes as JSON.
 *
 * @module
 */
import type { RecordAttributes, RecordValue } from "../trace/record.ts";

/** What JSON can hold. */
export type JsonValue = string | number | boolean | null | JsonValue[] | {
  [name: string]: JsonValue;
};

/**
 * Makes attributes what JSON can hold: an integer beyond 2^53 becomes a string, bytes base64.
 *
 * @param attributes attributes of a span or an event.
 * @returns a copy.
 */
export function jsonAttributes(attributes: RecordAttributes): { [name: string]: JsonValue } {
  return Object.fromEntries(
    Object.entries(attributes).map(([name, value]) => [name, jsonValue(value)]),
  );
}

function jsonValue(value: RecordValue): JsonValue {
  if (value === null || typeof value === "string" || typeof value === "boolean") return value;
  if (typeof value === "bigint") return value.toString();
  // NaN and the infinities have no number in JSON.
  if (typeof value === "number") return Number.isFinite(value) ? value : String(value);
  if (value instanceof Uint8Array) return value.toBase64();
  if (Array.isArray(value)) return value.map(jsonValue);
  return jsonAttributes(value as RecordAttributes);
}
