import { type Budget, budgetOf, namesIn } from "../../read/comparison/budget.ts";
import type { RunVector } from "../../read/comparison/vector.ts";
import { UsageError } from "../args.ts";
import { nearest } from "../nearest.ts";

/**
 * Reads budgets.
 *
 * @param given what `--max` says, each `NAME=+MORE`; it counts more than the file.
 * @param file what `--budgets` says: a file with a JSON object, `{"total": "+5%", "weights": "+2s"}`.
 * @param runs what they will be held against.
 * @throws {UsageError} on one that says nothing, or is for what no run has.
 */
export function budgetsOf(
  given: readonly string[],
  file: string | undefined,
  runs: readonly RunVector[],
): Budget[] {
  const texts = new Map(file === undefined ? [] : readFile(file));
  for (const text of given) {
    const at = text.indexOf("=");
    if (at < 1) fail(`'max' must be NAME=+MORE, e.g. total=+5%`, text);
    texts.set(text.slice(0, at), text.slice(at + 1));
  }
  const names = namesIn(runs);
  return [...texts].map(([name, text]) => {
    const budget = budgetOf(name, text);
    if (budget === undefined) {
      return fail(`the budget of '${name}' must be like +5%, +250ms or +2s`, text);
    }
    if (names.includes(name)) return budget;
    const meant = nearest(name, names);
    const advice = meant === undefined ? "see diff --all" : `did you mean '${meant}'?`;
    throw new UsageError(
      `Cannot gate as no start has '${name}' to hold a budget against: ${advice}`,
    );
  });
}

function readFile(path: string): [string, string][] {
  let text: string;
  try {
    text = Deno.readTextFileSync(path);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UsageError(`Cannot gate as '${path}' cannot be read: ${reason}`);
  }
  let budgets: unknown;
  try {
    budgets = JSON.parse(text);
  } catch {
    budgets = undefined;
  }
  const isObject = typeof budgets === "object" && budgets !== null && !Array.isArray(budgets);
  const entries = isObject ? Object.entries(budgets as Record<string, unknown>) : undefined;
  if (!entries?.every((entry): entry is [string, string] => typeof entry[1] === "string")) {
    throw new UsageError(
      `Cannot gate as '${path}' must be a JSON object like {"total": "+5%", "weights": "+2s"}`,
    );
  }
  return entries;
}

function fail(rule: string, value: string): never {
  throw new UsageError(`Cannot gate as ${rule}: current value is ${value === "" ? "''" : value}`);
}
