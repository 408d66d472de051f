// deno-lint-ignore-file no-console -- a program
/**
 * A launcher that is there to be killed: it launches an API server, and prints its process id
 * and the core's when the phase given first has come, or the engine serves.
 *
 * @module
 */
import { channelOf } from "../../../src/launch/channel.ts";
import { launchEngine } from "../../../src/launch/launch.ts";
import { apiCommand } from "../../../src/llama/command.ts";
import { DEFAULTS } from "../../../src/llama/options.ts";

const [until, addon = "", model = ""] = Deno.args;
const { args, env } = apiCommand({ ...DEFAULTS, port: 0, addon, model });
const engine = await launchEngine(Deno.execPath(), { args, env, channel: "stdio" });
channelOf(engine).onMessage(({ type, phase }) => {
  if (type !== until && phase !== until) return;
  const core = engine.spans().find(({ name }) => name === "process engine core");
  console.log(JSON.stringify([engine.pid, Number(core?.attributes["process.pid"])]));
});
