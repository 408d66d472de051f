import type { Tags } from "./root.ts";

/**
 * Tells which runs are too many. Kept are the newest of those without a label, and as many of each
 * label, since a comparison needs all that it is about; and for the same reason the starts of one
 * series (`run -n 60`) stay as long as the last of them.
 *
 * @param runs the runs, newest last.
 * @param keep how many are kept without a label, and of each label.
 * @param tagsOf what is known of a run.
 * @returns the others, newest last.
 */
export function surplus<Run>(
  runs: readonly Run[],
  keep: number,
  tagsOf: (run: Run) => Tags,
): Run[] {
  // Most folders hold no more than that, and need no file read.
  if (runs.length <= keep) return [];
  const candidates = runs.map((run) => ({ run, ...tagsOf(run) }));
  const kept = new Set<Run>();
  for (const group of Map.groupBy(candidates, ({ label }) => label).values()) {
    const from = Math.max(0, group.length - keep);
    const series = new Set(group.slice(from).map(({ series }) => series));
    group.forEach(({ run, series: own }, i) => {
      if (i >= from || own !== undefined && series.has(own)) kept.add(run);
    });
  }
  return runs.filter((run) => !kept.has(run));
}
