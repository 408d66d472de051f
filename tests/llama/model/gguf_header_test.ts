import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { describeNotGguf, readGgufHeader } from "../../../src/llama/model/gguf_header.ts";
import {
  type GgufTensor,
  type GgufValue,
  writeGguf,
} from "../../../src/llama/model/gguf_writer.ts";

const TENSORS: GgufTensor[] = [
  { name: "token_embd.weight", dimensions: [64, 3], type: "Q8_0", fill: () => {} },
  { name: "output_norm.weight", dimensions: [64], type: "F32", fill: () => {} },
];
const METADATA: [string, GgufValue][] = [
  ["general.architecture", { string: "llama" }],
  ["general.name", { string: "Größe M" }],
  ["general.license", { string: "mit" }],
  ["general.file_type", { u32: 7 }],
  ["llama.context_length", { u32: 2048 }],
  ["llama.rope.freq_base", { f32: 10_000 }],
  ["tokenizer.ggml.tokens", { strings: ["a", "", "Ġthe"] }],
  ["tokenizer.ggml.token_type", { i32s: [1, 1, 1] }],
  ["tokenizer.ggml.add_bos_token", { bool: true }],
  ["tokenizer.chat_template", { string: "{{ messages }}".repeat(1000) }],
];

/** Reads what `bytes` say, from a file that is gone afterwards. */
function read(bytes: Uint8Array) {
  const path = Deno.makeTempFileSync({ prefix: "coldtrace-gguf-" });
  try {
    Deno.writeFileSync(path, bytes);
    return readGgufHeader(path);
  } finally {
    Deno.removeSync(path);
  }
}

function text(content: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(content);
}

Deno.test("readGgufHeader() gives the facts of a file", () => {
  const file = writeGguf(METADATA, TENSORS);
  assertEquals(read(file), {
    size: file.length,
    version: 3,
    architecture: "llama",
    name: "Größe M",
    license: "mit",
    quantization: "Q8_0",
    contextLength: 2048,
    vocabularySize: 3,
    tensorCount: 2,
    parameters: 64 * 3 + 64,
    chatTemplate: true,
  });
});

Deno.test("readGgufHeader() names what most weights are when the file does not say", () => {
  const file = writeGguf([["general.architecture", { string: "gpt2" }]], TENSORS);
  const header = read(file);
  assertEquals(header.quantization, "Q8_0");
  assertEquals([header.name, header.license, header.contextLength], [
    undefined,
    undefined,
    undefined,
  ]);
  assertEquals([header.chatTemplate, header.vocabularySize], [false, 0]);
});

Deno.test("readGgufHeader() skips a vocabulary that is larger than its blocks", () => {
  const tokens = Array.from({ length: 60_000 }, (_, i) => `token number ${i}`.repeat(1 + i % 3));
  const before = METADATA.filter(([key]) => key !== "tokenizer.ggml.tokens");
  const file = writeGguf([
    ["tokenizer.ggml.tokens", { strings: tokens }],
    ["tokenizer.ggml.token_type", { i32s: tokens.map(() => 1) }],
    ["a text longer than a block", { string: "x".repeat(700_000) }],
    ...before,
  ], TENSORS);
  const header = read(file);
  assertEquals(header.vocabularySize, 60_000);
  assertEquals([header.name, header.tensorCount], ["Größe M", 2]);
});

Deno.test("readGgufHeader() reports a file that is cut anywhere as truncated", () => {
  const file = writeGguf(METADATA, TENSORS);
  const cuts = [4, 5, 8, 23, 24, 30, 60, 200, 500, file.length - 300, file.length - 33];
  for (const cut of cuts) {
    const error = assertThrows(() => read(file.subarray(0, cut)), Deno.errors.InvalidData);
    assertStringIncludes(error.message, "truncated or damaged", `cut at ${cut}`);
    assert(!error.message.includes("\n"));
  }
});

Deno.test("readGgufHeader() survives any damaged byte of a header", () => {
  const file = writeGguf(METADATA.slice(0, 9), TENSORS);
  for (let at = 0; at < 700; at++) {
    for (const byte of [0, 0xff]) {
      const damaged = file.slice();
      damaged[at] = byte;
      try {
        read(damaged);
      } catch (error) {
        assert(error instanceof Deno.errors.InvalidData, `byte ${at} = ${byte}: ${error}`);
      }
    }
  }
});

Deno.test("readGgufHeader() says what a file is that is not GGUF", () => {
  const safetensors = new Uint8Array(80);
  safetensors.set([72], 0);
  safetensors.set(text('{"__metadata__":'), 8);
  const cases: [Uint8Array, string][] = [
    [text(""), "an empty file"],
    [text("<!DOCTYPE html><html>"), "a web page"],
    [text("\n  <html lang=en>"), "a web page"],
    [safetensors, "a safetensors file"],
    [text("version https://git-lfs.github.com/spec/v1\noid sha256:0"), "a Git LFS pointer"],
    [text("PK\x03\x04archive/data.pkl"), "a zip archive"],
    [text("tjgg\x03"), "an older ggml format"],
    [text('{"error": "not found"}'), "JSON"],
    [Uint8Array.of(0x1f, 0x8b, 8), "a gzip archive"],
    [text("hello"), "something else"],
  ];
  for (const [bytes, looksLike] of cases) {
    const error = assertThrows(() => read(bytes), Deno.errors.InvalidData);
    assertStringIncludes(
      error.message,
      `Cannot read model as it must be a GGUF file but looks like ${looksLike}`,
    );
  }
});

Deno.test("readGgufHeader() names a version or byte order that it does not know", () => {
  const versions: [number[], string][] = [
    [[1, 0, 0, 0], "its GGUF version must be 2 or 3: current value is 1"],
    [[9, 0, 0, 0], "its GGUF version must be 2 or 3: current value is 9"],
    [[0, 0, 0, 3], "it is a big-endian GGUF file"],
  ];
  for (const [bytes, message] of versions) {
    const file = writeGguf(METADATA, TENSORS);
    file.set(bytes, 4);
    assertStringIncludes(assertThrows(() => read(file)).message, message);
  }
});

Deno.test("readGgufHeader() names a missing file and a folder", () => {
  const dir = Deno.makeTempDirSync({ prefix: "coldtrace-gguf-" });
  try {
    const missing = assertThrows(() => readGgufHeader(`${dir}/none.gguf`), Deno.errors.NotFound);
    assertEquals(
      missing.message,
      `Cannot read model as there is no such file: ${dir}/none.gguf`,
    );
    const folder = assertThrows(() => readGgufHeader(dir), Deno.errors.IsADirectory);
    assertEquals(
      folder.message,
      `Cannot read model as it must be a GGUF file, not a folder: ${dir}`,
    );
  } finally {
    Deno.removeSync(dir, { recursive: true });
  }
});

Deno.test("describeNotGguf() has nothing to say about GGUF", () => {
  assertEquals(describeNotGguf(text("GGUF\x03")), undefined);
});
