/**
 * A gate's judgement in Markdown, for the summary of a build.
 *
 * @module
 */
import { BUDGET_HEAD, budgetCells, type Gated, outcomeText } from "./gate_text.ts";
import {
  isUntold,
  labelOf,
  probability,
  reasonText,
  sentence,
  sideName,
  sideText,
  signed,
  titleText,
  unknownTexts,
  verdictText,
} from "./_shift.ts";

/**
 * Writes what a gate says.
 *
 * @param gated the judgement.
 * @returns Markdown (GitHub's, for its tables): the outcome, the sentence about the total, budgets,
 * the rows that are not the same, and all of them folded.
 */
export function gateMarkdown({ judgement, differences }: Gated): string {
  const { base: a, next: b, comparison, budgets, reasons } = judgement;
  const { rows, runs, noVerdict } = comparison;
  const names = { a: sideName(a.name), b: sideName(b.name) };
  const title = titleText(differences.title, names);
  const lines = rows.map((row) => ({
    row,
    cells: [
      labelOf(row),
      sideText(row.a, runs.a),
      sideText(row.b, runs.b),
      isUntold(row) ? "" : signed(row.shift),
      isUntold(row) ? "" : `${signed(row.low)} to ${signed(row.high)}`,
      row.p === undefined ? "" : probability(row.p),
      verdictText(row),
    ],
  }));
  const head = ["", names.a, names.b, "shift", "95 % interval", "p", "verdict"];
  const news = lines.filter(({ row }) => row.kind === "total" || row.verdict !== "same");
  const all = lines.map(({ cells }) => cells);
  return [
    `### ${escape(outcomeText(judgement))}`,
    ...(rows.length === 0 ? [] : [escape(sentence(comparison))]),
    ...(title === "" ? [] : [`Differs: ${escape(title)}`]),
    ...unknownTexts(differences.unknown, names).map((text) => escape(capitalised(text))),
    ...(noVerdict === undefined ? [] : [escape(reasonText(noVerdict, comparison))]),
    ...(reasons.length < 2 ? [] : [reasons.map((reason) => `- ${escape(reason)}`).join("\n")]),
    ...(budgets.length === 0 ? [] : [
      tableOf(BUDGET_HEAD, budgets.map(budgetCells)),
    ]),
    ...(noVerdict === undefined ? [tableOf(head, news.map(({ cells }) => cells))] : []),
    ...(rows.length === 0 ? [] : [
      `<details><summary>All ${rows.length} rows</summary>\n\n${tableOf(head, all)}\n\n</details>`,
    ]),
  ].map((part) => `${part}\n`).join("\n");
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function tableOf(head: readonly string[], lines: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map(escape).join(" | ")} |`;
  const rule = `| ${
    head.map((_, i) => i === 0 || i === head.length - 1 ? ":--" : "--:").join(" | ")
  } |`;
  return [line(head), rule, ...lines.map(line)].join("\n");
}

/** What Markdown and HTML would take for their own. */
function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(/([\\`*_|[\]])/g, "\\$1");
}
