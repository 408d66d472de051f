import { type RunVector, vectorOf } from "../../read/comparison/vector.ts";
import type { Source } from "../../runs/reader.ts";
import { readStarts, startOf } from "../run_input.ts";

/** What the starts in a file are compared by; of `-` those in `stdin`. */
export async function vectorsIn(path: string, stdin?: Source): Promise<RunVector[]> {
  return (await readStarts(path, stdin)).map((input) => vectorOf(startOf(input)));
}
