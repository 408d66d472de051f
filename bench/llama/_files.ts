import { resolveAddon } from "../../src/llama/addon.ts";
import { ensureDefaultModel } from "../../src/llama/model/default_model.ts";

/** What a bench of the engine starts with. */
export interface Files {
  /** A folder that is removed with the bench's own module. */
  readonly dir: string;
  /** The folder of llama.cpp's addon. */
  readonly addon: string;
  /** The default model's file. */
  readonly model: string;
}

let files: Promise<Files> | undefined;

/** Finds llama.cpp and makes the default model, in a folder of their own. */
export function engineFiles(): Promise<Files> {
  return files ??= (async () => {
    const dir = Deno.realPathSync(Deno.makeTempDirSync({ prefix: "coldtrace-bench-" }));
    addEventListener("unload", () => Deno.removeSync(dir, { recursive: true }));
    const [{ folder }, { path }] = await Promise.all([resolveAddon(dir), ensureDefaultModel(dir)]);
    return { dir, addon: folder, model: path };
  })();
}
