import { assert, assertEquals, assertThrows } from "@std/assert";
import { resolveAddon } from "../../../src/llama/addon.ts";
import { CORPUS } from "../../../src/llama/corpus.ts";
import { BIGRAM_NAME, makeBigramModel } from "../../../src/llama/model/bigram.ts";
import { createEncoder, learnVocabulary } from "../../../src/llama/model/bpe.ts";
import { DEFAULT_MODEL_SHA256 } from "../../../src/llama/model/default_model.ts";
import { readGgufHeader } from "../../../src/llama/model/gguf_header.ts";

Deno.test("CORPUS is plain ASCII, so that no Unicode version changes the model", () => {
  for (const paragraph of CORPUS) assert(/^[\x20-\x7e]+$/.test(paragraph), paragraph);
});

Deno.test("learnVocabulary() joins the most frequent pairs first, the alphabet deciding ties", () => {
  const { tokens, merges } = learnVocabulary(["abab abab cd"], 1 + 256 + 3, ["<end>"]);
  assertEquals(merges, [["a", "b"], ["ab", "ab"], ["c", "d"]]);
  assertEquals(tokens.slice(-3), ["ab", "abab", "cd"]);
  assertEquals(tokens.slice(0, 2), ["<end>", "\u0100"]);
});

Deno.test("learnVocabulary() says so when a text has too few pairs", () => {
  assertThrows(() => learnVocabulary(["ab"], 300, []), RangeError, "for 300 tokens");
});

Deno.test("createEncoder() cuts a text into tokens that make it up", () => {
  const vocabulary = learnVocabulary(CORPUS, 600, []);
  const encode = createEncoder(vocabulary);
  const text = "The engine isn't ready,  wait 42 ms.\n";
  const pieces = encode(text).map((id) => vocabulary.tokens[id] ?? "?");
  assertEquals(pieces.join("").replaceAll("\u0120", " ").replaceAll("\u010a", "\n"), text);
  assert(pieces.includes("\u0120engine"));
});

Deno.test("makeBigramModel() makes the same file, byte for byte, on every machine", async () => {
  const file = makeBigramModel(CORPUS);
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", file)).toHex();
  assertEquals(hash, DEFAULT_MODEL_SHA256);
});

Deno.test("makeBigramModel() is a llama to llama.cpp, with our tokens, and says what it is", async () => {
  const dir = await Deno.makeTempDir({ prefix: "coldtrace-bigram-" });
  try {
    const path = `${dir}/model.gguf`;
    await Deno.writeFile(path, makeBigramModel(CORPUS));
    const header = readGgufHeader(path);
    assertEquals(
      [header.architecture, header.name, header.license, header.quantization],
      ["llama", BIGRAM_NAME, "mit", "Q8_0"],
    );
    assertEquals([header.vocabularySize, header.chatTemplate], [1024, true]);
    const bytes = new TextDecoder().decode((await Deno.readFile(path)).subarray(0, 2000));
    assert(bytes.includes("Counted bigrams, not a trained model"));

    const { folder } = await resolveAddon(dir);
    const texts = [...CORPUS, "It isn't 42 ms,  is it?\n", "A\n\n  b"];
    const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "--no-prompt",
        "--no-lock",
        `--allow-read=${folder},${path}`,
        `--allow-ffi=${folder}`,
        new URL("_tokenize_main.ts", import.meta.url).href,
        folder,
        path,
        JSON.stringify([...texts, "<|im_end|>"]),
      ],
    }).output();
    const output = new TextDecoder().decode(stdout);
    assert(output !== "", new TextDecoder().decode(stderr));
    const { tokens, isEnd } = JSON.parse(output);
    const encode = createEncoder(learnVocabulary(CORPUS, 1024, Array(5).fill("<control>")));
    texts.forEach((text, i) => assertEquals(tokens[i], encode(text), text));
    assert(isEnd, "an answer ends with <|im_end|>");
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});
