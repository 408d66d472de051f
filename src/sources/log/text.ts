import { redactText } from "../../trace/redact.ts";

const ESCAPE = "\u001b";
/** Control sequences of ECMA-48 (colours, cursor), commands to the system (titles), and the rest. */
const ANSI = new RegExp(
  `${ESCAPE}(?:\\[[0-?]*[ -/]*[@-~]?|\\][^\\u0007${ESCAPE}]*(?:\\u0007|${ESCAPE}\\\\)?|[ -/]*[0-~]?)`,
  "g",
);

/** A text without colours and what else is meant for a terminal. */
export function withoutAnsi(text: string): string {
  return text.includes(ESCAPE) ? text.replace(ANSI, "") : text;
}

const SECRET_NAME = "[\\w-]*(?:token|key|secret|password|passwd|credential)s?";
/** A string, or the beginning of one that is cut. */
const STRING = `'(?:[^'\\\\]|\\\\.)*(?:'|$)|"(?:[^"\\\\]|\\\\.)*(?:"|$)`;
/** As Python and JSON show dictionaries (`'api_key': 'x'`) and objects (`api_key='x'`), with lists. */
const SECRET = new RegExp(
  `((?<![\\w-])(?:(['"])${SECRET_NAME}\\2\\s*:\\s*|${SECRET_NAME}=))` +
    `(?:${STRING}|\\[(?:[^\\]'"]|${STRING})*(?:\\]|$))`,
  "gi",
);

/**
 * The beginning of a text of a log, without the secrets that show by their form or by their name.
 *
 * @param length How many characters at most.
 */
export function redactLog(text: string, length: number): string {
  // Of a secret that is cut, the half is no longer known as one; of a text without end, only so much
  // is looked at.
  const part = text.slice(0, 2 * length).replace(SECRET, "$1'[redacted]'");
  return redactText(part).slice(0, length);
}
