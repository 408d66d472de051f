/** A model that takes a while to load: the default one, with a feed-forward part of zeros. */
import { makeBigramModel } from "../src/llama/model/bigram.ts";
import { CORPUS } from "../src/llama/corpus.ts";

const FEED_FORWARD = "llama.feed_forward_length";
const ALIGNMENT = 32;
/** Bytes and elements of a block of Q8_0. */
const Q8_0 = { bytes: 34, elements: 32 };

/**
 * Writes it to `path`: `width` is the size of the feed-forward part, of which each element
 * takes 6.5 kB of the file (no room on the disk, though: they are a hole in it).
 */
export function writeBigModel(path: string, width: number): void {
  const small = makeBigramModel(CORPUS);
  const bytes = small.slice();
  const view = new DataView(bytes.buffer);
  const text = new TextDecoder("latin1").decode(bytes.subarray(0, 200_000));
  view.setUint32(text.indexOf(FEED_FORWARD) + FEED_FORWARD.length + 4, width, true);

  // The list of tensors: name, number of dimensions, dimensions, type, offset.
  let at = text.indexOf("token_embd.weight") - 8;
  const count = Number(view.getBigUint64(8, true));
  const moved: { from: number; to: number; bytes: number }[] = [];
  let [from, to] = [0, 0];
  for (let i = 0; i < count; i++) {
    const length = Number(view.getBigUint64(at, true));
    const name = text.slice(at + 8, at + 8 + length);
    const dimensions = at + 8 + length + 4;
    const ranks = view.getUint32(dimensions - 4, true);
    const sizes = Array.from({ length: ranks }, (_, rank) => dimensions + 8 * rank);
    const bytesOf = () => {
      const elements = sizes.reduce((n, size) => n * Number(view.getBigUint64(size, true)), 1);
      const isF32 = view.getUint32(dimensions + 8 * ranks, true) === 0;
      return isF32 ? elements * 4 : elements / Q8_0.elements * Q8_0.bytes;
    };
    const isWide = /\.ffn_(gate|up|down)\./.test(name);
    const before = bytesOf();
    if (isWide) {
      const side = sizes[name.includes("down") ? 0 : 1] as number;
      view.setBigUint64(side, BigInt(width), true);
    }
    view.setBigUint64(dimensions + 8 * ranks + 4, BigInt(to), true);
    if (!isWide) moved.push({ from, to, bytes: before });
    from += aligned(before);
    to += aligned(bytesOf());
    at = dimensions + 8 * ranks + 12;
  }
  const data = aligned(at);
  using file = Deno.openSync(path, { write: true, create: true, truncate: true });
  write(file, bytes.subarray(0, data), 0);
  for (const { from, to, bytes } of moved) {
    write(file, small.subarray(data + from, data + from + bytes), data + to);
  }
  file.truncateSync(data + to);
}

function aligned(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
}

function write(file: Deno.FsFile, bytes: Uint8Array, at: number): void {
  file.seekSync(at, Deno.SeekMode.Start);
  for (let done = 0; done < bytes.length;) done += file.writeSync(bytes.subarray(done));
}
