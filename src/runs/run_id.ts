const RUN_FILE = /^(\d{8}-\d{6}-\d{3}-[0-9a-z]{4})\.otlp\.jsonl$/;

/**
 * Names a run: the time in UTC to the millisecond, so that names sort by it, and four
 * random letters or digits that keep two processes apart.
 *
 * @param time When the run begins, in milliseconds since the Unix epoch.
 * @returns The id, as in `20261123-213045-123-x7k2`.
 */
export function createRunId(time: number): string {
  const [date = "", clock = ""] = new Date(time).toISOString().split("T");
  // Not a secret: whoever creates the file sees whether the id is taken.
  const random = Math.floor(Math.random() * 36 ** 4).toString(36).padStart(4, "0");
  return [
    date.replaceAll("-", ""),
    clock.slice(0, 8).replaceAll(":", ""),
    clock.slice(9, 12),
    random,
  ].join("-");
}

/** The name of a run's file. */
export function runFileName(id: string): string {
  return `${id}.otlp.jsonl`;
}

/** The id of the run that a file of this name holds; `undefined` for any other file. */
export function runIdOf(fileName: string): string | undefined {
  return RUN_FILE.exec(fileName)?.[1];
}

/** The file beside a run's that holds what is open in it, while its start lasts. */
export function openLogOf(path: string): string {
  return `${path}.open`;
}
