import { assertEquals } from "@std/assert";
import { readChatTemplate } from "../../../src/llama/api/chat_template.ts";

const KEY = "tokenizer.chat_template";

/** A string of GGUF: length in 8 bytes, UTF-8. */
function text(value: string): Uint8Array {
  const bytes = new TextEncoder().encode(value);
  const all = new Uint8Array(8 + bytes.length);
  new DataView(all.buffer).setBigUint64(0, BigInt(bytes.length), true);
  all.set(bytes, 8);
  return all;
}

async function readFrom(parts: BlobPart[]): Promise<string | undefined> {
  const path = await Deno.makeTempFile({ suffix: ".gguf" });
  try {
    await Deno.writeFile(path, new Uint8Array(await new Blob(parts).arrayBuffer()));
    return readChatTemplate(path);
  } finally {
    await Deno.remove(path);
  }
}

/** A key and its value of type string (8). */
function entry(value: string): BlobPart[] {
  return [text(KEY), Uint32Array.of(8), text(value)] as BlobPart[];
}

Deno.test("readChatTemplate() finds the template anywhere, also across blocks", async () => {
  for (const before of [0, 256 * 1024 - 20, 256 * 1024 - 8 - KEY.length, 600_000]) {
    const template = `{{ "é" }}${before}`;
    const parts = [new Uint8Array(before), ...entry(template), new Uint8Array(1000)];
    assertEquals(await readFrom(parts), template);
  }
});

Deno.test("readChatTemplate() passes over a text that only looks like the key", async () => {
  assertEquals(await readFrom([`token${KEY}s and more text`, ...entry("right")]), "right");
});

Deno.test("readChatTemplate() is undefined when there is none", async () => {
  assertEquals(await readFrom([new Uint8Array(300_000)]), undefined);
  assertEquals(await readFrom([KEY]), undefined);
});
