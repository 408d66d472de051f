/**
 * How a process ended, in words.
 *
 * @module
 */

/** `exited with code 1`, or `was ended by SIGKILL`. */
export function describeEnd({ code, signal }: Deno.CommandStatus): string {
  return signal === null ? `exited with code ${code}` : `was ended by ${signal}`;
}
