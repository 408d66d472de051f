import type { SpanRecord } from "../trace/record.ts";
import { pieceOf } from "./_cursor.ts";
import { flaw, isObject, objects } from "./_fields.ts";
import { type KnownParts, knownResource, knownScope } from "./_known_parts.ts";
import { parseJson } from "./_parse_json.ts";
import { decodeResource, decodeScope, decodeSpan } from "./_parts.ts";
import { Scan } from "./_scan.ts";

/**
 * Reads spans from one line of OTLP/JSON, leniently as a receiver must: unknown fields
 * are passed over, `null` is an absent value, 64-bit integers may be strings or numbers,
 * ids may have either case, base64 may be URL-safe or without padding, and enums may be names.
 *
 * @param line An OTLP `TracesData` (or `ExportTraceServiceRequest`, which is the same).
 * @param known Resources and scopes of earlier lines: spans of one resource share one
 * object across all lines decoded with the same map.
 * @returns The spans in the order of the line; one without an end time is still open.
 * @throws {SyntaxError} If the line is not JSON.
 * @throws {TypeError} If it is JSON, but not OTLP/JSON traces.
 */
export function decodeTraces(line: string, known: KnownParts = new Map()): SpanRecord[] {
  const scan = new Scan(known);
  const isRead = scan.read(pieceOf(new TextEncoder().encode(line), line), true) !== undefined;
  return isRead ? scan.records : decodeAny(line, known);
}

/** How a line of another signal begins. */
const OTHER_SIGNAL = /^\{"resource(?:Logs|Metrics|Profiles)":/;

/**
 * The same, from the bytes of a line that come piece by piece: one of 100,000 spans is 80 MB, which
 * would have to be held as bytes and as a text otherwise.
 */
export class LineDecoder {
  readonly #known: KnownParts;
  #scan: Scan | undefined;
  /** What was read, for who reads it all. */
  readonly #texts: string[] = [];
  readonly #decoder = new TextDecoder();

  /**
   * Begins a line.
   *
   * @param known resources and scopes of earlier lines.
   */
  constructor(known: KnownParts = new Map()) {
    this.#known = known;
    this.#scan = new Scan(known);
  }

  /**
   * Reads on.
   *
   * @param bytes what comes next in the line, from where the piece before was read to.
   * @param isLast whether the line ends with it.
   * @returns how many of these bytes were read, of the last ones all. Where none were, more have to
   * be offered at a time.
   */
  read(bytes: Uint8Array, isLast: boolean): number {
    if (this.#scan !== undefined) {
      const piece = pieceOf(bytes);
      const size = this.#scan.read(piece, isLast);
      if (size !== undefined) {
        this.#texts.push(
          piece.isUtf8 ? piece.text.slice(0, size) : this.#textOf(bytes.subarray(0, size)),
        );
        return size;
      }
      this.#scan = undefined;
    }
    this.#texts.push(this.#textOf(bytes));
    return bytes.length;
  }

  /**
   * The spans of the line, once it was read.
   *
   * @returns as `decodeTraces()`; nothing where it is blank, or of logs, metrics or profiles, which
   * an exporter of the Collector's writes to the same file.
   * @throws {SyntaxError} If the line is not JSON.
   * @throws {TypeError} If it is JSON, but not OTLP/JSON traces.
   */
  end(): SpanRecord[] | undefined {
    if (this.#scan !== undefined) return this.#scan.records;
    const line = (this.#texts.join("") + this.#decoder.decode()).trim();
    return line === "" || OTHER_SIGNAL.test(line) ? undefined : decodeAny(line, this.#known);
  }

  /** Whether it begins as an object does. */
  get isObject(): boolean {
    return this.#texts.find((text) => text.trim() !== "")?.trimStart().startsWith("{") ?? false;
  }

  /** In order: a character may begin at the end of the one piece, and end in the next. */
  #textOf(bytes: Uint8Array): string {
    return this.#decoder.decode(bytes, { stream: true });
  }
}

/** Reads a line whatever way it is written. */
function decodeAny(line: string, known: KnownParts): SpanRecord[] {
  const data = parseJson(line);
  if (!isObject(data) || (!("resourceSpans" in data) && Object.keys(data).length > 0)) {
    throw flaw("it", "an object with 'resourceSpans'", data);
  }
  const records: SpanRecord[] = [];
  for (const group of objects(data.resourceSpans, "resourceSpans")) {
    const ownResource = decodeResource(group);
    const resource = knownResource(known, ownResource);
    for (const part of objects(group.scopeSpans, "scopeSpans")) {
      const ownScope = decodeScope(part);
      const scope = knownScope(known, ownScope);
      for (const span of objects(part.spans, "spans")) {
        records.push(decodeSpan(span, resource, scope));
      }
    }
  }
  return records;
}
