// deno-lint-ignore-file no-console -- a program, not a library
/**
 * Cuts texts into the tokens of a model with llama.cpp, in a process of its own: tests run in
 * threads of one process, which an addon does not have to bear.
 *
 * Arguments: the addon's folder, the model, and the texts as JSON. Prints the tokens as JSON,
 * and whether the last of all ends an answer.
 */
import { importDlopen, loadAddon } from "../../../src/llama/core/addon.ts";

const [folder = "", path = "", texts = "[]"] = Deno.args;
const addon = loadAddon(await importDlopen(), folder);
addon.setLogger(() => {});
addon.loadBackends();
if (addon.getGpuType() === undefined) addon.loadBackends(folder);
await addon.init();
const options = { addonExports: addon, gpuLayers: 0, vocabOnly: true, useMmap: true };
const model = new addon.AddonModel(path, options);
if (!await model.init()) throw new Error("llama.cpp does not take the model");
const tokens = (JSON.parse(texts) as string[]).map((text) => [...model.tokenize(text, true)]);
const isEnd = model.isEogToken(tokens.at(-1)?.at(-1) ?? -1);
console.log(JSON.stringify({ tokens, isEnd }));
