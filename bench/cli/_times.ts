/**
 * What all children of a shell took of the processor, user and system together, in milliseconds:
 * the second line of what its `times` prints, like `0m1.234s 0m0.567s`.
 */
export function processorTime(times: string): number {
  const [, children = ""] = times.trim().split("\n");
  const parts = [...children.matchAll(/(\d+)m([\d.]+)s/g)]
    .map(([, minutes, seconds]) => (Number(minutes) * 60 + Number(seconds)) * 1000);
  return parts.length === 2 ? parts.reduce((sum, part) => sum + part) : NaN;
}
