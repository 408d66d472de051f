// deno-lint-ignore-file no-console
/**
 * What `serve` does up to ready: `traced`, that is recorded, sent up, put together and stored; or
 * `untraced`, the same program and the same processes doing the same work, with nothing of that.
 */
import { launchEngine } from "../../src/launch/launch.ts";
import { openRunStore } from "../../src/runs/store.ts";
import { startEngine } from "../../src/start/engine_start.ts";
import { type Mode, serveCommand } from "./_command.ts";

const [dir = "", mode = "traced"] = Deno.args;
const prepare = () => serveCommand(dir, mode as Mode);

let engine;
if (mode === "traced") {
  const start = await startEngine({
    engine: "llama.cpp",
    prepare,
    openRuns: () => {
      const run = openRunStore({ dir }).createRun();
      return { id: run.id, writers: [run] };
    },
  });
  engine = start.engine;
} else {
  const { command, options } = await prepare();
  engine = await launchEngine(command, options);
}
await engine.ready;
console.log("ready");
await engine.stop();
