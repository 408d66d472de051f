/**
 * How large a model on this machine is.
 *
 * @module
 */
import type { RecordAttributes } from "../trace/record.ts";

/** Files that hold weights. */
const WEIGHTS = /\.(?:gguf|safetensors|bin|pth?)$/i;

/**
 * Finds out how large the weights of a model are, which tell models apart whose files have one name.
 *
 * @param model Where the model is, as the engine was told: a file, or a folder with files of weights.
 * @returns `coldtrace.engine.model_size` in bytes: the file's, or the sum of those in the folder;
 * nothing for what is neither, such as the name of a model on a hub.
 */
export function modelSizeFacts(model: unknown): RecordAttributes {
  if (typeof model !== "string") return {};
  try {
    const { isFile, isDirectory, size } = Deno.statSync(model);
    const bytes = isFile ? size : isDirectory ? weightsIn(model) : 0;
    return bytes > 0 ? { "coldtrace.engine.model_size": bytes } : {};
  } catch {
    return {};
  }
}

function weightsIn(folder: string): number {
  let bytes = 0;
  for (const { name } of Deno.readDirSync(folder)) {
    // In the hub's cache they are links.
    if (WEIGHTS.test(name)) bytes += Deno.statSync(`${folder}/${name}`).size;
  }
  return bytes;
}
