/**
 * Printing that outlives its reader.
 *
 * @module
 */

/**
 * Writes to standard output, all of it, before returning. A reader that went away (`| head`)
 * is no error: the rest goes nowhere.
 *
 * @param text what to write, newlines included.
 */
export function print(text: string): void {
  write(Deno.stdout, text);
}

/**
 * Writes to standard error, all of it, before returning, as {@linkcode print} does.
 *
 * @param text what to write, newlines included.
 */
export function printError(text: string): void {
  write(Deno.stderr, text);
}

function write(stream: { writeSync(bytes: Uint8Array): number }, text: string): void {
  let bytes = new TextEncoder().encode(text);
  while (bytes.length > 0) {
    try {
      bytes = bytes.subarray(stream.writeSync(bytes));
    } catch (error) {
      if (error instanceof Deno.errors.BrokenPipe) return;
      if (!(error instanceof Deno.errors.WouldBlock)) throw error;
      // Someone set the pipe that we share to non-blocking, and its reader is slow.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    }
  }
}
