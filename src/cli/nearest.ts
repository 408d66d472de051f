/**
 * What was probably meant.
 *
 * @module
 */

/**
 * Finds the candidate that is most like a word.
 *
 * @param word what was written.
 * @param candidates what could have been meant.
 * @returns the one with the fewest edits (insertions, deletions, replacements, swaps of
 * neighbours), at most a third of the word's length and one; else one that begins with the
 * word; else nothing.
 */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  let found: string | undefined;
  let least = Math.floor(word.length / 3) + 2;
  for (const candidate of candidates) {
    const edits = distance(word, candidate);
    if (edits < least) [found, least] = [candidate, edits];
  }
  return found ?? candidates.find((candidate) => word.length > 1 && candidate.startsWith(word));
}

/** Optimal string alignment distance. */
function distance(a: string, b: string): number {
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let edits = Math.min(
        (last[j] as number) + 1,
        (row[j - 1] as number) + 1,
        (last[j - 1] as number) + (same ? 0 : 1),
      );
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (isSwap) edits = Math.min(edits, (before[j - 2] as number) + 1);
      row.push(edits);
    }
    [before, last] = [last, row];
  }
  return last[b.length] as number;
}
