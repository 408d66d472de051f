/** Has this process launch the engine core by `_core_main.ts`, with its own last argument. */
const Command = Deno.Command;
const core = new URL("../../src/llama/core_main.ts", import.meta.url).href;
const ours = new URL("_core_main.ts", import.meta.url).href;

Deno.Command = class extends Command {
  constructor(command: string | URL, options: Deno.CommandOptions = {}) {
    const args = (options.args ?? []).map((arg) => arg === core ? ours : arg);
    super(command, { ...options, args: [...args, Deno.args.at(-1) ?? ""] });
  }
};
