import { vectorOf } from "../../read/comparison/vector.ts";
import { readRunInputs, startOf } from "../run_input.ts";
import type { Answer, Question } from "./aside.ts";

/** A worker's own scope: the library that has its type would be the whole program's. */
const scope = globalThis as unknown as {
  onmessage: (event: MessageEvent<Question>) => void;
  postMessage: (answer: Answer) => void;
};

scope.onmessage = async ({ data: { path, dir } }) => {
  let answer: Answer = null;
  try {
    answer = (await readRunInputs(path, dir)).map((input) => vectorOf(startOf(input)));
  } catch {
    // Who asks reads it himself then, and says why it cannot be read.
  }
  scope.postMessage(answer);
};
