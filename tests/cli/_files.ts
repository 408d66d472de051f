import type { Stored } from "../show/_starts.ts";

/** The path of a start among the test data. */
export function fileOf(name: Stored): string {
  const { pathname } = new URL(`../testdata/starts/${name}.otlp.jsonl`, import.meta.url);
  return decodeURIComponent(pathname);
}
