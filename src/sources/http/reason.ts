/** Why there was no answer where nobody listens. */
export const REFUSED = "connection refused";

/** Why there was no answer, in one line: `connection refused`, `no answer`. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { name, message } = error;
  const code = "code" in error ? String(error.code) : "";
  if (name === "TimeoutError") return "no answer";
  if (name === "ConnectionRefused" || code === "ECONNREFUSED") return REFUSED;
  if (name === "ConnectionReset" || /^(ECONNRESET|EPIPE)$/.test(code)) return "connection reset";
  return message.split("\n")[0] ?? name;
}
