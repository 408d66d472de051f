/**
 * Writes GGUF files of version 3 (ggml's `docs/gguf.md`), as far as the default model needs.
 *
 * @module
 */
import { TENSOR_TYPES, VALUE } from "./gguf_types.ts";

/** A metadata value with its type. */
export type GgufValue =
  | { u32: number }
  | { f32: number }
  | { bool: boolean }
  | { string: string }
  | { strings: readonly string[] }
  | { i32s: readonly number[] };

/** A tensor whose values are asked for row by row. */
export interface GgufTensor {
  /** The name by which llama.cpp looks for it. */
  name: string;
  /** Elements by dimension; the first is the length of a row. */
  dimensions: readonly number[];
  /** How the values are stored. */
  type: "F32" | "Q8_0";
  /** Writes the values of one row into the array it is given, which holds zeros. */
  fill: (row: number, into: Float32Array) => void;
}

/**
 * Makes a GGUF file in memory.
 *
 * @param metadata Keys and values, in the order they are written.
 * @param tensors The tensors, in the order they are written.
 * @returns The whole file.
 */
export function writeGguf(
  metadata: readonly (readonly [key: string, value: GgufValue])[],
  tensors: readonly GgufTensor[],
): Uint8Array<ArrayBuffer> {
  const header = new Writer();
  header.bytes(new TextEncoder().encode("GGUF"));
  header.u32(3);
  header.u64(tensors.length);
  header.u64(metadata.length);
  for (const [key, value] of metadata) {
    header.string(key);
    header.value(value);
  }
  let dataBytes = 0;
  for (const tensor of tensors) {
    header.string(tensor.name);
    header.u32(tensor.dimensions.length);
    for (const dimension of tensor.dimensions) header.u64(dimension);
    header.u32(typeNumber(tensor));
    header.u64(dataBytes);
    dataBytes = aligned(dataBytes + tensorBytes(tensor));
  }

  const dataStart = aligned(header.length);
  const file = new Uint8Array(dataStart + dataBytes);
  file.set(header.taken());
  const view = new DataView(file.buffer);
  let position = dataStart;
  for (const tensor of tensors) {
    writeTensor(view, position, tensor);
    position = aligned(position + tensorBytes(tensor));
  }
  return file;
}

/** Every tensor begins at a multiple of this; GGUF's default. */
const ALIGNMENT = 32;
/** Elements and bytes of one Q8_0 block: a 16-bit scale, then 32 signed bytes. */
const Q8_0_ELEMENTS = 32;
const Q8_0_BYTES = 34;

function aligned(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
}

function typeNumber(tensor: GgufTensor): number {
  return Number(
    Object.keys(TENSOR_TYPES).find((n) => TENSOR_TYPES[Number(n)]?.[0] === tensor.type),
  );
}

function tensorBytes(tensor: GgufTensor): number {
  const elements = tensor.dimensions.reduce((product, dimension) => product * dimension, 1);
  return tensor.type === "F32" ? elements * 4 : elements / Q8_0_ELEMENTS * Q8_0_BYTES;
}

function writeTensor(view: DataView, start: number, tensor: GgufTensor): void {
  const [length = 1, ...others] = tensor.dimensions;
  const rows = others.reduce((product, dimension) => product * dimension, 1);
  const row = new Float32Array(length);
  let position = start;
  for (let i = 0; i < rows; i++) {
    row.fill(0);
    tensor.fill(i, row);
    position = tensor.type === "F32" ? writeF32(view, position, row) : writeQ8(view, position, row);
  }
}

function writeF32(view: DataView, start: number, row: Float32Array): number {
  row.forEach((value, i) => view.setFloat32(start + i * 4, value, true));
  return start + row.length * 4;
}

/** Q8_0 as ggml quantises it: the largest magnitude of a block becomes 127. */
function writeQ8(view: DataView, start: number, row: Float32Array): number {
  let position = start;
  for (let block = 0; block < row.length; block += Q8_0_ELEMENTS) {
    let largest = 0;
    for (let i = block; i < block + Q8_0_ELEMENTS; i++) {
      largest = Math.max(largest, Math.abs(row[i] ?? 0));
    }
    const scale = largest / 127;
    view.setFloat16(position, scale, true);
    for (let i = 0; scale > 0 && i < Q8_0_ELEMENTS; i++) {
      view.setInt8(position + 2 + i, Math.round((row[block + i] ?? 0) / scale));
    }
    position += Q8_0_BYTES;
  }
  return position;
}

/** A buffer that grows, with GGUF's little-endian scalars and strings. */
class Writer {
  #buffer = new ArrayBuffer(64 * 1024, { maxByteLength: 16 * 1024 * 1024 });
  #view = new DataView(this.#buffer);
  length = 0;

  u32(value: number): void {
    const at = this.#grow(4);
    this.#view.setUint32(at, value, true);
  }

  u64(value: number): void {
    const at = this.#grow(8);
    this.#view.setBigUint64(at, BigInt(value), true);
  }

  bytes(bytes: Uint8Array): void {
    const at = this.#grow(bytes.length);
    new Uint8Array(this.#buffer, at).set(bytes);
  }

  string(text: string): void {
    const bytes = new TextEncoder().encode(text);
    this.u64(bytes.length);
    this.bytes(bytes);
  }

  value(value: GgufValue): void {
    if ("u32" in value) {
      this.u32(VALUE.u32);
      this.u32(value.u32);
    } else if ("f32" in value) {
      this.u32(VALUE.f32);
      const at = this.#grow(4);
      this.#view.setFloat32(at, value.f32, true);
    } else if ("bool" in value) {
      this.u32(VALUE.bool);
      this.bytes(Uint8Array.of(value.bool ? 1 : 0));
    } else if ("string" in value) {
      this.u32(VALUE.string);
      this.string(value.string);
    } else if ("strings" in value) {
      this.#array(VALUE.string, value.strings.length);
      for (const text of value.strings) this.string(text);
    } else {
      this.#array(VALUE.i32, value.i32s.length);
      for (const number of value.i32s) this.u32(number >>> 0);
    }
  }

  taken(): Uint8Array {
    return new Uint8Array(this.#buffer, 0, this.length);
  }

  #array(type: number, length: number): void {
    this.u32(VALUE.array);
    this.u32(type);
    this.u64(length);
  }

  /** Makes room for `bytes` more, and returns where they go. */
  #grow(bytes: number): number {
    const at = this.length;
    this.length += bytes;
    if (this.length > this.#buffer.byteLength) {
      this.#buffer.resize(Math.max(this.length, this.#buffer.byteLength * 2));
    }
    return at;
  }
}
