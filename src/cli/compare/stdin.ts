import type { Source } from "../../runs/reader.ts";

/** Standard input of which the beginning can be looked at before it is read. */
export class PeekedStdin implements Source {
  #beginning = new Uint8Array();

  /** Its first bytes, at most so many. */
  async peek(count: number): Promise<Uint8Array> {
    while (this.#beginning.length < count) {
      const buffer = new Uint8Array(64 * 1024);
      const size = await Deno.stdin.read(buffer);
      if (size === null) break;
      const both = new Uint8Array(this.#beginning.length + size);
      both.set(this.#beginning);
      both.set(buffer.subarray(0, size), this.#beginning.length);
      this.#beginning = both;
    }
    return this.#beginning.subarray(0, count);
  }

  /** What was looked at comes first. */
  async read(buffer: Uint8Array): Promise<number | null> {
    const rest = this.#beginning;
    if (rest.length === 0) return await Deno.stdin.read(buffer);
    const size = Math.min(rest.length, buffer.length);
    buffer.set(rest.subarray(0, size));
    this.#beginning = rest.slice(size);
    return size;
  }

  /** All of it. */
  async text(): Promise<string> {
    const chunks: Uint8Array<ArrayBuffer>[] = [];
    for (;;) {
      const buffer = new Uint8Array(64 * 1024);
      const size = await this.read(buffer);
      if (size === null) return await new Blob(chunks).text();
      chunks.push(buffer.slice(0, size));
    }
  }
}
