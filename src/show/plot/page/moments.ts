/// <reference lib="dom" />
/**
 * Ready and first token.
 *
 * @module
 */
import { duration } from "./format.ts";
import { stretchesOf } from "./layout.ts";
import type { Scene } from "./paint.ts";

/** Left of this there is the name of the row. */
const EDGE = 96;

/** Draws lines through all rows of a run, with what they mean at the top. */
export function paintMoments(
  pen: CanvasRenderingContext2D,
  { model, view, palette, layout }: Scene,
  run: number,
): void {
  const report = model.runs[run]?.report;
  if (!report) return;
  const { ready, total_ns, first_token_ns } = report;
  const top = layout.rows.find((row) => row.run === run && row.kind === "marks")?.y ?? 0;
  const stretches = stretchesOf(layout, run);
  const moments = [{
    x: view.x(total_ns),
    text: `${ready ? "ready" : "ended"} ${duration(total_ns)}`,
    color: palette.color(ready ? "ready" : "error"),
  }];
  if (first_token_ns !== null) {
    moments.push({
      x: view.x(first_token_ns),
      text: `first token ${duration(first_token_ns)}`,
      color: palette.color("token"),
    });
  }
  /** From where on there is text already. */
  let taken = view.width;
  for (const { x, text, color } of moments.toReversed()) {
    pen.fillStyle = color;
    for (const [from, to] of stretches) pen.fillRect(Math.round(x) - 1, from, 2, to - from);
    pen.fillRect(Math.round(x) - 1, top + 2, 2, 16);
    const width = pen.measureText(text).width;
    if (x < 0 || x > view.width) continue;
    const isRight = x + 5 + width < taken;
    let left = isRight ? x + 5 : Math.min(x, taken) - width - 6;
    // Not across the line of another one.
    for (const other of moments) {
      if (other.x > left && other.x < left + width) left = other.x - width - 6;
    }
    if (left > EDGE) pen.fillText(text, left, top + 9);
    taken = isRight ? x : Math.min(left, taken);
  }
}
