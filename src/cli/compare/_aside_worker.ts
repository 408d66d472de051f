/// <reference lib="deno.worker" />
import { vectorOf } from "../../read/comparison/vector.ts";
import { readRunInputs, startOf } from "../run_input.ts";
import type { Answer, Question } from "./aside.ts";

self.onmessage = async ({ data: { path, dir } }: MessageEvent<Question>) => {
  let answer: Answer = null;
  try {
    answer = (await readRunInputs(path, dir)).map((input) => vectorOf(startOf(input)));
  } catch {
    // Who asks reads it himself then, and says why it cannot be read.
  }
  self.postMessage(answer);
};
