/** A line as an engine that is so many times as fast would write it. */
export function scaleDurations(text: string, speed: number): string {
  if (speed === 1) return text;
  return text.replace(
    /\b(took|takes|time:|in) ([\d.]+) (s|secs|seconds)\b/g,
    (_, verb, number, unit) => `${verb} ${(Number(number) / speed).toFixed(6)} ${unit}`,
  );
}
