/**
 * How a process ended.
 *
 * @module
 */

/** As attributes of the span of a process. */
export function exitAttributes(
  { code, signal }: Pick<Deno.CommandStatus, "code" | "signal">,
): Record<string, string | number> {
  return signal === null ? { "process.exit.code": code } : { "process.exit.signal": signal };
}

/** `exited with code 1`, or `was ended by SIGKILL`. */
export function describeEnd({ code, signal }: Deno.CommandStatus): string {
  return signal === null ? `exited with code ${code}` : `was ended by ${signal}`;
}
