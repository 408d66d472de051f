/**
 * The fields of OTLP/JSON messages, read leniently: absent and `null` are the default
 * value, and what is of another kind is a `TypeError` of one line that names the field.
 *
 * @module
 */

/** A JSON object, not looked into yet. */
export type Json = { readonly [key: string]: unknown };

const HEX = /^[0-9a-fA-F]*$/;
const ZEROS = /^0*$/;
const UINT32_MAX = 2n ** 32n - 1n;
const UINT64_MAX = 2n ** 64n - 1n;
const INT64_MAX = 2n ** 63n - 1n;
const INT64_MIN = -(2n ** 63n);

export function isSet(json: unknown): boolean {
  return json !== undefined && json !== null;
}

export function isObject(json: unknown): json is Json {
  return typeof json === "object" && json !== null && !Array.isArray(json);
}

export function object(json: unknown, name: string): Json {
  if (!isSet(json)) return {};
  if (isObject(json)) return json;
  throw flaw(name, "an object", json);
}

export function array(json: unknown, name: string): readonly unknown[] {
  if (!isSet(json)) return [];
  if (Array.isArray(json)) return json;
  throw flaw(name, "an array", json);
}

export function objects(json: unknown, name: string): Json[] {
  return array(json, name).map((item) => object(item, name));
}

export function text(json: unknown, name: string): string {
  if (!isSet(json)) return "";
  if (typeof json === "string") return json;
  throw flaw(name, "a string", json);
}

export function id(json: unknown, name: string, digits: number): string {
  const hex = optionalId(json, name, digits);
  if (hex === undefined) throw flaw(name, `${digits} hexadecimal digits, not all zero`, json);
  return hex;
}

export function optionalId(json: unknown, name: string, digits: number): string | undefined {
  const hex = text(json, name);
  if (hex === "") return undefined;
  if (hex.length !== digits || !HEX.test(hex)) {
    throw flaw(name, `${digits} hexadecimal digits`, json);
  }
  return ZEROS.test(hex) ? undefined : hex.toLowerCase();
}

function integer(json: unknown, name: string, min: bigint, max: bigint): bigint {
  let value: bigint | undefined;
  if (typeof json === "bigint") value = json;
  else if (typeof json === "string" && /^-?\d+$/.test(json)) value = BigInt(json);
  else if (typeof json === "number" && Number.isInteger(json)) value = BigInt(json);
  if (value === undefined) throw flaw(name, "an integer", json);
  if (value < min || value > max) throw flaw(name, `${min} to ${max}`, json);
  return value;
}

export function int64(json: unknown, name: string): bigint {
  return integer(json, name, INT64_MIN, INT64_MAX);
}

/** Nanoseconds since the Unix epoch; 0 where absent. */
export function time(json: unknown, name: string): bigint {
  return isSet(json) ? integer(json, name, 0n, UINT64_MAX) : 0n;
}

export function uint32(json: unknown, name: string): number {
  return isSet(json) ? Number(integer(json, name, 0n, UINT32_MAX)) : 0;
}

/** An enum by number, or by name though OTLP/JSON forbids it, as the Collector reads it. */
export function enumeration(json: unknown, name: string, prefix: string, names: string[]): number {
  if (typeof json === "string" && json.startsWith(prefix)) {
    return Math.max(0, names.indexOf(json.slice(prefix.length)));
  }
  return uint32(json, name);
}

export function boolean(json: unknown): boolean {
  if (typeof json === "boolean") return json;
  throw flaw("boolValue", "true or false", json);
}

export function double(json: unknown): number {
  if (typeof json === "number") return json;
  if (typeof json === "bigint") return Number(json);
  if (typeof json === "string" && /^(NaN|-?Infinity|-?\d+(\.\d+)?([eE][-+]?\d+)?)$/.test(json)) {
    return Number(json);
  }
  throw flaw("doubleValue", "a number, NaN or Infinity", json);
}

export function bytes(json: unknown): Uint8Array {
  const base64 = text(json, "bytesValue").replaceAll("-", "+").replaceAll("_", "/");
  try {
    return Uint8Array.fromBase64(base64);
  } catch {
    throw flaw("bytesValue", "base64", json);
  }
}

/** The error for a value that breaks a rule, in one line. */
export function flaw(name: string, rule: string, value?: unknown): TypeError {
  const subject = name === "it" ? name : `'${name}'`;
  const seen = JSON.stringify(value, (_, v) => typeof v === "bigint" ? `${v}` : v);
  const current = seen === undefined ? "" : `: current value is ${shorten(seen)}`;
  return new TypeError(`Cannot decode OTLP/JSON as ${subject} must be ${rule}${current}`);
}

function shorten(seen: string): string {
  return seen.length > 60 ? `${seen.slice(0, 60)}...` : seen;
}

const WORD = new DataView(new ArrayBuffer(8));

/** `high * 10 ** 9 + low`, from the digits of a time: a text would take four times as long. */
export function uint64(high: number, low: number): bigint {
  // In digits of 16 bits, so that numbers hold each step.
  const last = (high % 65536) * 1e9 + low;
  const rest = Math.floor(high / 65536) * 1e9 + Math.floor(last / 65536);
  WORD.setUint32(0, Math.floor(rest / 65536));
  WORD.setUint16(4, rest % 65536);
  WORD.setUint16(6, last % 65536);
  return WORD.getBigUint64(0);
}
