const KEY = new TextEncoder().encode("tokenizer.chat_template");
const BLOCK = 256 * 1024;
/** A GGUF value type: a string. */
const STRING = 8;

/**
 * Reads the chat template of a GGUF file that has one. The addon does not tell it, and the
 * header reader keeps no long text; so this looks for the key, which no other text contains
 * together with the type after it.
 */
export function readChatTemplate(path: string): string | undefined {
  using file = Deno.openSync(path);
  const block = new Uint8Array(BLOCK);
  for (let start = 0;; start += BLOCK - KEY.length) {
    const bytes = readAt(file, start, block);
    for (let at = find(bytes, 0); at >= 0; at = find(bytes, at + 1)) {
      const text = readText(file, start + at + KEY.length);
      if (text !== undefined) return text;
    }
    if (bytes.length < BLOCK) return undefined;
  }
}

/** The string value at `position`: type, length in bytes, UTF-8. */
function readText(file: Deno.FsFile, position: number): string | undefined {
  const head = readAt(file, position, new Uint8Array(12));
  if (head.length < 12) return undefined;
  const view = new DataView(head.buffer);
  const length = Number(view.getBigUint64(4, true));
  if (view.getUint32(0, true) !== STRING || length > file.statSync().size) return undefined;
  return new TextDecoder().decode(readAt(file, position + 12, new Uint8Array(length)));
}

function readAt(
  file: Deno.FsFile,
  position: number,
  into: Uint8Array<ArrayBuffer>,
): Uint8Array<ArrayBuffer> {
  file.seekSync(position, Deno.SeekMode.Start);
  let filled = 0;
  while (filled < into.length) {
    const read = file.readSync(into.subarray(filled));
    if (read === null) break;
    filled += read;
  }
  return into.subarray(0, filled);
}

function find(bytes: Uint8Array, from: number): number {
  const [first = 0] = KEY;
  for (let at = bytes.indexOf(first, from); at >= 0; at = bytes.indexOf(first, at + 1)) {
    if (KEY.every((byte, i) => bytes[at + i] === byte)) return at;
  }
  return -1;
}
