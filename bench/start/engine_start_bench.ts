/**
 * The whole of `serve`, from its launch until it is ready: traced, against the same processes
 * doing the same work with nothing recorded, sent or stored.
 *
 * @module
 */
import { benchWith } from "../_permissions.ts";
import { Rounds } from "../_rounds.ts";
import type { Mode } from "./_command.ts";
import { Starts } from "./_serve.ts";

let starts: Starts | undefined;

function open(): Starts {
  const opened = new Starts();
  addEventListener("unload", () => opened[Symbol.dispose]());
  return opened;
}

const rounds = new Rounds<Mode>(["untraced", "traced"], async (mode) => {
  starts ??= open();
  return { ready: await starts.time(mode) };
});

const group = "serve, to ready";
benchWith(["run", "read", "write", "env", "net"], "the whole of serve", [
  rounds.bench("ready", "untraced", { name: "tracing off", group, baseline: true }),
  rounds.bench("ready", "traced", { name: "tracing on", group }),
]);
