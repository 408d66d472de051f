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
 * @throws {UsageError} on one that says nothing, is for what no run has, or is said twice.
 */
export function budgetsOf(
  given: readonly string[],
  file: string | undefined,
  runs: readonly RunVector[],
): Budget[] {
  const said = given.map((text): [string, string] => {
    const at = text.indexOf("=");
    if (at < 1) fail(`'max' must be NAME=+MORE, e.g. total=+5%`, text);
    return [text.slice(0, at), text.slice(at + 1)];
  });
  const twice = repeated(said.map(([name]) => name));
  if (twice !== undefined) fail(`'max' must have one budget for each name`, `${twice} twice`);
  const texts = new Map([...file === undefined ? [] : readFile(file), ...said]);
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
  const twice = repeated(keysIn(text));
  if (twice === undefined) return entries;
  throw new UsageError(
    `Cannot gate as '${path}' must have one budget for each name: '${twice}' is there twice`,
  );
}

/** The keys of a flat JSON object, with those that parsing it drops. */
function keysIn(json: string): string[] {
  const texts = json.matchAll(/("(?:[^"\\]|\\.)*")\s*(:?)/g);
  return [...texts].filter(([, , colon]) => colon === ":").map(([, key = '""']) => JSON.parse(key));
}

/** What is there more than once. */
function repeated(names: readonly string[]): string | undefined {
  return names.find((name, i) => names.indexOf(name) < i);
}

function fail(rule: string, value: string): never {
  throw new UsageError(`Cannot gate as ${rule}: current value is ${value === "" ? "''" : value}`);
}
