/**
 * Byte-level byte pair encoding, as GPT-2 has it and llama.cpp reads it
 * (`tokenizer.ggml.model` "gpt2", `tokenizer.ggml.pre` "gpt-2"): learning a vocabulary from a
 * text, and cutting text into its tokens.
 *
 * @module
 */

/** A learnt vocabulary. Token numbers are positions in `tokens`. */
export interface Vocabulary {
  /** Control tokens, then the 256 bytes, then one token for each merge. */
  tokens: readonly string[];
  /** Which two tokens each merge joins, first learnt first. */
  merges: readonly (readonly [left: string, right: string])[];
}

/**
 * Learns a vocabulary: again and again, the pair of tokens seen most often becomes a token.
 * Among pairs seen equally often the alphabet decides, so that the result is always the same.
 *
 * @param texts What to learn from; ASCII.
 * @param size How many tokens to have in all.
 * @param controls Tokens that no text contains, which come first.
 * @returns The vocabulary.
 * @throws {RangeError} When the texts do not hold that many pairs.
 */
export function learnVocabulary(
  texts: readonly string[],
  size: number,
  controls: readonly string[],
): Vocabulary {
  const tokens = [...controls, ...BYTE_CHARACTERS];
  const merges: [string, string][] = [];
  const firstByte = controls.length;
  const words = new Map<string, { ids: number[]; count: number }>();
  for (const word of texts.flatMap(splitWords)) {
    const known = words.get(word);
    if (known) known.count++;
    else words.set(word, { ids: bytesOf(word).map((byte) => firstByte + byte), count: 1 });
  }

  while (tokens.length < size) {
    const pair = mostFrequentPair(words.values(), tokens);
    if (!pair) {
      throw new RangeError(
        `Cannot learn vocabulary as the text must have enough pairs for ${size} tokens: ` +
          `current value is ${tokens.length}`,
      );
    }
    const [left, right] = pair;
    const id = tokens.length;
    const names: [string, string] = [tokens[left] ?? "", tokens[right] ?? ""];
    merges.push(names);
    tokens.push(names[0] + names[1]);
    for (const word of words.values()) word.ids = merge(word.ids, left, right, id);
  }
  return { tokens, merges };
}

/**
 * Makes a function that cuts text into the tokens of a vocabulary.
 *
 * @param vocabulary The vocabulary.
 * @returns From a text, its tokens' numbers; control tokens are not recognised.
 */
export function createEncoder(vocabulary: Vocabulary): (text: string) => number[] {
  const idOf = new Map(vocabulary.tokens.map((token, id) => [token, id]));
  const id = (token: string) => idOf.get(token) ?? 0;
  const merges = vocabulary.merges.map(([left, right]) =>
    [id(left), id(right), id(left + right)] as const
  );
  // Merges in the order they were learnt are what "lowest rank first" comes to.
  const encodeWord = (word: string) =>
    merges.reduce(
      (ids, [left, right, joined]) => merge(ids, left, right, joined),
      bytesOf(word).map((byte) => id(BYTE_CHARACTERS[byte] ?? "")),
    );
  return (text) => splitWords(text).flatMap(encodeWord);
}

/** GPT-2's split into words, for ASCII. */
function splitWords(text: string): string[] {
  return text.match(
    /'s|'t|'re|'ve|'m|'ll|'d| ?[A-Za-z]+| ?[0-9]+| ?[^\sA-Za-z0-9]+|\s+(?!\S)|\s+/g,
  ) ?? [];
}

function bytesOf(word: string): number[] {
  return Array.from(new TextEncoder().encode(word));
}

/** GPT-2's printable character for each byte: itself where it prints, else one from U+0100 on. */
const BYTE_CHARACTERS: readonly string[] = (() => {
  let next = 0x100;
  return Array.from({ length: 256 }, (_, byte) => {
    const prints = byte >= 0x21 && byte <= 0x7e || byte >= 0xa1 && byte !== 0xad;
    return String.fromCharCode(prints ? byte : next++);
  });
})();

/** The two tokens that stand beside each other most often. */
function mostFrequentPair(
  words: Iterable<{ ids: readonly number[]; count: number }>,
  tokens: readonly string[],
): [number, number] | undefined {
  const counts = new Map<number, number>();
  for (const { ids, count } of words) {
    for (let i = 1; i < ids.length; i++) {
      const pair = (ids[i - 1] ?? 0) * tokens.length + (ids[i] ?? 0);
      counts.set(pair, (counts.get(pair) ?? 0) + count);
    }
  }
  let best: [number, number] | undefined;
  let bestCount = 0;
  let bestName = "";
  for (const [pair, count] of counts) {
    if (count < bestCount) continue;
    const left = Math.floor(pair / tokens.length);
    const right = pair % tokens.length;
    const name = `${tokens[left]} ${tokens[right]}`;
    if (count === bestCount && name > bestName) continue;
    [best, bestCount, bestName] = [[left, right], count, name];
  }
  return best;
}

/** Replaces every `left` followed by `right`. */
function merge(ids: number[], left: number, right: number, joined: number): number[] {
  if (!ids.includes(left)) return ids;
  const merged: number[] = [];
  for (let i = 0; i < ids.length; i++) {
    const here = ids[i] ?? 0;
    if (here === left && ids[i + 1] === right) {
      merged.push(joined);
      i++;
    } else {
      merged.push(here);
    }
  }
  return merged;
}
