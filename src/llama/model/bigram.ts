/**
 * The default model: counted bigrams, written as a llama. It is not a trained model. Which
 * token follows which was counted in a text, and the counts stand in the output layer; the
 * embeddings say which token is the current one; the blocks between them hold small random
 * numbers, which llama.cpp computes like any others and which hardly move the result. So the
 * start and the work are llama.cpp's real ones, and the text has the quality of bigrams.
 *
 * Everything here is integers and the four basic operations on doubles, which ECMAScript
 * defines to the last bit, so that the file is the same on every machine: `Math.log` and
 * `Math.cos` are not defined that exactly.
 *
 * @module
 */
import { createEncoder, learnVocabulary, type Vocabulary } from "./bpe.ts";
import { type GgufTensor, type GgufValue, writeGguf } from "./gguf_writer.ts";

/** The name that stands in the file and wherever the model shows. */
export const BIGRAM_NAME = "coldtrace-bigram";

/**
 * Counts the bigrams of some texts and writes them as a GGUF file.
 *
 * @param texts Paragraphs, in ASCII; each is a possible answer, from its first word to its end.
 * @returns The file.
 */
export function makeBigramModel(texts: readonly string[]): Uint8Array<ArrayBuffer> {
  const vocabulary = learnVocabulary(texts, SIZE, CONTROLS);
  const logits = countBigrams(texts, vocabulary);
  return writeGguf(metadata(vocabulary), tensors(logits));
}

/** Tokens, and as many dimensions, so that each token can have one of its own. */
const SIZE = 1024;
const BLOCKS = 2;
const HEADS = 4;
const KEY_VALUE_HEADS = 2;
const HEAD_SIZE = 64;
const FEED_FORWARD = 128;
const CONTEXT = 2048;

const CONTROLS = ["<|unknown|>", "<|begin|>", "<|end|>", "<|im_start|>", "<|im_end|>"];
const UNKNOWN = 0;
const BEGIN = 1;
const END = 2;
const IM_END = 4;

/** ChatML, which many small models use. An answer follows a line end, as a paragraph does. */
const CHAT_TEMPLATE = "{% for message in messages %}<|im_start|>{{ message.role }}\n" +
  "{{ message.content }}<|im_end|>\n{% endfor %}" +
  "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}";

/** What stands for the probability of a pair that was never seen: e to the power of this. */
const UNSEEN = -14;
/** Added to every logit: llama.cpp's repeat penalty divides the positive ones. */
const OFFSET = 10;

/** `logits[next * SIZE + current]`: the logarithm of how often `next` follows `current`. */
function countBigrams(texts: readonly string[], vocabulary: Vocabulary): Float32Array {
  const encode = createEncoder(vocabulary);
  const [lineEnd = 0] = encode("\n");
  const counts = new Float64Array(SIZE * SIZE);
  const singles = new Float64Array(SIZE);
  const count = (current: number, next: number) => {
    counts[next * SIZE + current] = (counts[next * SIZE + current] ?? 0) + 1;
  };
  for (const text of texts) {
    const ids = encode(text);
    for (const before of [BEGIN, lineEnd, IM_END]) count(before, ids[0] ?? IM_END);
    ids.forEach((id, i) => {
      count(id, ids[i + 1] ?? IM_END);
      // What follows a token that was never seen: any word but the first of a text.
      if (vocabulary.tokens[id]?.startsWith(SPACE)) singles[id] = (singles[id] ?? 0) + 1;
    });
  }

  const logits = new Float32Array(SIZE * SIZE);
  const allSingles = singles.reduce((sum, n) => sum + n, 0);
  for (let current = 0; current < SIZE; current++) {
    let all = 0;
    for (let next = 0; next < SIZE; next++) all += counts[next * SIZE + current] ?? 0;
    for (let next = 0; next < SIZE; next++) {
      const seen = all > 0 ? counts[next * SIZE + current] : singles[next];
      const share = (seen ?? 0) / (all > 0 ? all : allSingles);
      logits[next * SIZE + current] = OFFSET + (share > 0 ? logarithm(share) : UNSEEN);
    }
  }
  return logits;
}

/** The space, as byte-level BPE prints it. */
const SPACE = "\u0120";

function metadata(vocabulary: Vocabulary): [string, GgufValue][] {
  const { tokens, merges } = vocabulary;
  return [
    ["general.architecture", { string: "llama" }],
    ["general.type", { string: "model" }],
    ["general.name", { string: BIGRAM_NAME }],
    ["general.description", { string: "Counted bigrams, not a trained model" }],
    ["general.license", { string: "mit" }],
    ["general.quantization_version", { u32: 2 }],
    ["general.file_type", { u32: 7 /* Q8_0 */ }],
    ["llama.vocab_size", { u32: SIZE }],
    ["llama.context_length", { u32: CONTEXT }],
    ["llama.embedding_length", { u32: SIZE }],
    ["llama.block_count", { u32: BLOCKS }],
    ["llama.feed_forward_length", { u32: FEED_FORWARD }],
    ["llama.attention.head_count", { u32: HEADS }],
    ["llama.attention.head_count_kv", { u32: KEY_VALUE_HEADS }],
    ["llama.attention.key_length", { u32: HEAD_SIZE }],
    ["llama.attention.value_length", { u32: HEAD_SIZE }],
    ["llama.attention.layer_norm_rms_epsilon", { f32: 1e-5 }],
    ["llama.rope.dimension_count", { u32: HEAD_SIZE }],
    ["llama.rope.freq_base", { f32: 10_000 }],
    ["tokenizer.ggml.model", { string: "gpt2" }],
    ["tokenizer.ggml.pre", { string: "gpt-2" }],
    ["tokenizer.ggml.tokens", { strings: tokens }],
    // 3 is a control token, 1 a normal one.
    ["tokenizer.ggml.token_type", { i32s: tokens.map((_, id) => id < CONTROLS.length ? 3 : 1) }],
    ["tokenizer.ggml.merges", { strings: merges.map((pair) => pair.join(" ")) }],
    ["tokenizer.ggml.unknown_token_id", { u32: UNKNOWN }],
    ["tokenizer.ggml.bos_token_id", { u32: BEGIN }],
    ["tokenizer.ggml.eos_token_id", { u32: END }],
    ["tokenizer.ggml.eot_token_id", { u32: IM_END }],
    ["tokenizer.ggml.add_bos_token", { bool: true }],
    ["tokenizer.chat_template", { string: CHAT_TEMPLATE }],
  ];
}

/**
 * A one-hot embedding comes out of the last normalisation as `sqrt(SIZE)` in one place, so the
 * output layer holds the logits divided by that.
 */
function tensors(logits: Float32Array): GgufTensor[] {
  const root = Math.sqrt(SIZE);
  return [
    matrix("token_embd.weight", SIZE, SIZE, (row, into) => {
      into[row] = root;
    }),
    ones("output_norm.weight"),
    matrix("output.weight", SIZE, SIZE, (row, into) => {
      for (let i = 0; i < SIZE; i++) into[i] = (logits[row * SIZE + i] ?? 0) / root;
    }),
    ...Array.from({ length: BLOCKS }, (_, block) => blockTensors(`blk.${block}`)).flat(),
  ];
}

function blockTensors(name: string): GgufTensor[] {
  const queries = HEADS * HEAD_SIZE;
  const keyValues = KEY_VALUE_HEADS * HEAD_SIZE;
  // What a block adds to the embedding passes its last two matrices, which are ten times smaller.
  const random = noise(0.01);
  const small = noise(0.001);
  return [
    ones(`${name}.attn_norm.weight`),
    matrix(`${name}.attn_q.weight`, SIZE, queries, random),
    matrix(`${name}.attn_k.weight`, SIZE, keyValues, random),
    matrix(`${name}.attn_v.weight`, SIZE, keyValues, random),
    matrix(`${name}.attn_output.weight`, queries, SIZE, small),
    ones(`${name}.ffn_norm.weight`),
    matrix(`${name}.ffn_gate.weight`, SIZE, FEED_FORWARD, random),
    matrix(`${name}.ffn_up.weight`, SIZE, FEED_FORWARD, random),
    matrix(`${name}.ffn_down.weight`, FEED_FORWARD, SIZE, small),
  ];
}

function matrix(
  name: string,
  columns: number,
  rows: number,
  fill: GgufTensor["fill"],
): GgufTensor {
  return { name, dimensions: [columns, rows], type: "Q8_0", fill };
}

function ones(name: string): GgufTensor {
  return { name, dimensions: [SIZE], type: "F32", fill: (_, into) => void into.fill(1) };
}

/** Evenly spread numbers between `-limit` and `limit`: a 32-bit xorshift. */
function noise(limit: number): GgufTensor["fill"] {
  let state = 0x9e3779b9;
  return (_, into) => {
    for (let i = 0; i < into.length; i++) {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      into[i] = state / 2 ** 31 * limit;
    }
  };
}

/** The natural logarithm, by its series around 1. */
function logarithm(value: number): number {
  let mantissa = value;
  let exponent = 0;
  for (; mantissa < 0.75; exponent--) mantissa *= 2;
  const ratio = (mantissa - 1) / (mantissa + 1);
  let sum = 0;
  for (let power = ratio, n = 1; n < 40; n += 2, power *= ratio * ratio) sum += power / n;
  return 2 * sum + exponent * 0.6931471805599453;
}
