import { vectorsIn } from "./_vectors_in.ts";
import type { Answer } from "./aside.ts";

/** A worker's own scope: the library that has its type would be the whole program's. */
const scope = globalThis as unknown as {
  onmessage: (event: MessageEvent<string>) => void;
  postMessage: (answer: Answer) => void;
};

scope.onmessage = async ({ data: path }) => {
  let answer: Answer = null;
  try {
    answer = await vectorsIn(path);
  } catch {
    // Who asks reads it himself then, and says why it cannot be read.
  }
  scope.postMessage(answer);
};
