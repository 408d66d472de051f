/** Perhaps an integer that a JavaScript number cannot hold; or only digits within a string. */
const LONG_INTEGER = /[:,[]\s*-?\d{16}/;

/** Parses JSON; integers beyond 2^53 are bigints. */
export function parseJson(line: string): unknown {
  try {
    return JSON.parse(line, LONG_INTEGER.test(line) ? keepDigits : undefined);
  } catch (error) {
    // V8 quotes a piece of the text, which may be binary.
    const reason = error instanceof Error ? error.message.replace(/\p{Cc}+/gu, " ") : error;
    throw new SyntaxError(`Cannot decode OTLP/JSON as it must be JSON: ${reason}`);
  }
}

/** A reviver that makes integers beyond 2^53 bigints, from their digits in the source. */
function keepDigits(_key: string, value: unknown, context?: { source?: string }): unknown {
  const digits = context?.source;
  return typeof value === "number" && digits !== undefined && !Number.isSafeInteger(value) &&
      /^-?\d+$/.test(digits)
    ? BigInt(digits)
    : value;
}

const [QUOTE, BACKSLASH] = [0x22, 0x5c];

/** Where a string of JSON that begins there ends. */
export function endOfString(bytes: Uint8Array, start: number): number {
  let i = start + 1;
  while (i < bytes.length && bytes[i] !== QUOTE) {
    i += bytes[i] === BACKSLASH ? 2 : 1;
  }
  return i;
}
