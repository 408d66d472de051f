import { resolveAddon } from "../../src/llama/addon.ts";
import { apiCommand } from "../../src/llama/command.ts";
import { ensureDefaultModel } from "../../src/llama/model/default_model.ts";
import { DEFAULTS } from "../../src/llama/options.ts";
import type { EngineCommand } from "../../src/start/engine_start.ts";

/** Whether a start is traced. */
export type Mode = "traced" | "untraced";

/** What `serve --port 0` launches, with an API server whose last argument is the mode. */
export async function serveCommand(dir: string, mode: Mode): Promise<EngineCommand> {
  const { folder: addon } = await resolveAddon(dir);
  const model = Deno.realPathSync((await ensureDefaultModel(`${dir}/models`)).path);
  const { args, env } = apiCommand({ ...DEFAULTS, port: 0, addon, model });
  const main = new URL("../../src/llama/api_main.ts", import.meta.url).href;
  const ours = new URL("_api_main.ts", import.meta.url).href;
  return {
    command: Deno.execPath(),
    options: {
      args: [...args.map((arg) => arg === main ? ours : arg), mode],
      env,
      channel: "stdio",
      name: "API server",
    },
  };
}
