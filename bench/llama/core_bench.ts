/**
 * The engine core's start, phase by phase. Most phases happen once in a process, so all are
 * measured inside processes: without a tracer, with ours off, and with ours on, under a launcher
 * to which every span goes up its channel.
 *
 * @module
 */
import { benchWith } from "../_permissions.ts";
import { denoRun, program } from "../_process.ts";
import { Rounds } from "../_rounds.ts";
import { timesOf } from "./_children.ts";
import { engineFiles } from "./_files.ts";

/** `log` is bare but for llama.cpp's log, which alone tells two of the phases. */
type CoreMode = "bare" | "log" | "off" | "on";

const rounds = new Rounds<CoreMode>(["bare", "log", "off", "on"], async (mode) => {
  const { addon, model } = await engineFiles();
  const kind = mode === "bare" || mode === "log" ? "bare" : "traced";
  return await timesOf([
    ...denoRun(
      "--no-lock",
      `--allow-read=${addon},${model}`,
      `--allow-ffi=${addon}`,
      "--allow-env=TRACEPARENT,TRACESTATE,BAGGAGE,COLDTRACE_CHANNEL",
      program(`llama/_core_${kind}_main.ts`),
    ),
    addon,
    model,
    mode,
  ], mode === "on");
});

const PHASES = [
  "runtime boot",
  "connect launcher",
  "import modules",
  "load library",
  "init backend",
  "load tokenizer",
  "load weights",
  "allocate KV cache",
  "reserve graph",
  "warm up",
];

benchWith(
  ["run", "read", "write", "env"],
  "the phases of the engine core",
  PHASES.flatMap((phase) => {
    const isLogged = phase === "load tokenizer" || phase === "reserve graph";
    const group = `engine core: ${phase}`;
    return [
      rounds.bench(phase, isLogged ? "log" : "bare", { name: "bare", group, baseline: true }),
      rounds.bench(phase, "off", { name: "tracing off", group }),
      rounds.bench(phase, "on", { name: "tracing on", group }),
    ];
  }),
);
