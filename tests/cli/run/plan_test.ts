import { assertEquals, assertThrows } from "@std/assert";
import { UsageError } from "../../../src/cli/args.ts";
import { planRun, type RunOptions, type RunPlan } from "../../../src/cli/run/plan.ts";

/** What `run` is told where it is told nothing. */
const NOTHING: RunOptions = {
  engine: undefined,
  "ready-url": undefined,
  "ready-log": undefined,
  until: undefined,
  probe: undefined,
  logs: false,
  intercept: false,
  stop: false,
  times: undefined,
  label: undefined,
  interleave: [],
  cold: undefined,
  warm: false,
  quiet: false,
  json: undefined,
  dir: "/data",
};

function plan(command: string, options: Partial<RunOptions> = {}): RunPlan {
  const variant = { label: options.label, command: command.split(" "), env: {} };
  return planRun({ ...NOTHING, ...options }, variant, () => {});
}

Deno.test("planRun() watches an engine that it knows until it is ready", () => {
  const { stop, readyUrl, start } = plan("vllm serve M --port 9000 --dtype float32");
  assertEquals([stop, readyUrl], [false, "http://0.0.0.0:9000/health"]);
  assertEquals([start.engine, start.service, start.until, start.reads], [
    "vLLM",
    "vllm",
    "ready",
    "pipes",
  ]);
  assertEquals(start.attributes, {
    "coldtrace.engine.model": "M",
    "coldtrace.engine.dtype": "float32",
    "coldtrace.probe": "imports",
  });
});

Deno.test("planRun() records what a repetition has to be told, without secrets", () => {
  const told = {
    engine: "vllm",
    "ready-url": "http://me:secret@127.0.0.1:1/health",
    "ready-log": "--up",
    until: "ready",
    probe: "off",
    logs: true,
    intercept: true,
    stop: true,
    quiet: true,
  } as const;
  assertEquals(plan("./serve.sh", told).start.attributes?.["coldtrace.run.options"], [
    ...["--engine", "vllm", "--ready-url", "http://[redacted]@127.0.0.1:1/health"],
    ...["--ready-log=--up", "--until", "ready", "--probe", "off", "--logs", "--intercept"],
  ]);
});

Deno.test("planRun() asks for a first token where the engine is stopped after its start", () => {
  const series = [{ times: 3 }, { interleave: ["B=x"] }, { cold: "sync" }, { warm: true }];
  for (const options of [{ stop: true }, ...series]) {
    const { stop, start } = plan("vllm serve M", options);
    assertEquals([stop, start.until], [true, "first-token"]);
    assertEquals(start.attributes?.["coldtrace.probe"], "functions");
  }
  // Nobody knows how to ask this one.
  const other = plan("./server", { stop: true, "ready-url": "http://127.0.0.1:1/" });
  assertEquals(other.start.until, "ready");
});

Deno.test("planRun() sees of a command that it does not know when it is executed, and reads nothing", () => {
  const { start } = plan("/opt/bin/server --port 1");
  assertEquals(start.engine, "server");
  assertEquals([start.until, start.reads], ["exec", "none"]);
  assertEquals(start.attributes, { "coldtrace.until": "exec", "coldtrace.probe": "off" });
  // Nobody knows where it will listen.
  assertEquals(plan("vllm serve M --headless").start.until, "exec");
});

Deno.test("planRun() does as it is told", () => {
  const awaited = plan("./server", { "ready-log": "is ready", label: "cold" }).start;
  assertEquals([awaited.until, awaited.reads], ["ready", "all"]);
  assertEquals(awaited.attributes?.["coldtrace.label"], "cold");
  assertEquals(plan("vllm serve M", { until: "first-token" }).start.until, "first-token");
  assertEquals(plan("vllm serve M", { until: "exec" }).start.reads, "none");
  assertEquals(plan("vllm serve M", { logs: true }).start.reads, "all");
  const probed = plan("vllm serve M", { stop: true, probe: "off" }).start;
  assertEquals(probed.attributes?.["coldtrace.probe"], "off");
  const wrapped = plan("./start.sh", { engine: "vllm" }).start;
  assertEquals([wrapped.engine, wrapped.until], ["vLLM", "ready"]);
});

Deno.test("planRun() throws in one line where what it is told makes no sense", () => {
  for (
    const [command, options] of [
      ["vllm serve M", { "ready-url": "ftp://host/" }],
      ["vllm serve M", { "ready-log": "[" }],
      ["./server", { until: "ready" }],
      ["vllm serve M --headless", { until: "first-token" }],
      ["./server", { until: "first-token", "ready-url": "http://127.0.0.1:1/" }],
    ] as const
  ) {
    const { message } = assertThrows(() => plan(command, options), UsageError);
    assertEquals(/^Cannot run as '[^\n]+$/.test(message), true, message);
  }
});

Deno.test("planRun() gives a command its own variables, and tells them without secrets", () => {
  const env = { VLLM_LOGGING_LEVEL: "DEBUG", HF_TOKEN: "secret-1" };
  const variant = { label: "B", command: ["vllm", "serve", "M"], env };
  const { start } = planRun(NOTHING, variant, () => {});
  assertEquals(start.env, env);
  assertEquals(start.attributes?.["coldtrace.label"], "B");
  assertEquals(start.attributes?.["process.environment_variable.VLLM_LOGGING_LEVEL"], "DEBUG");
  assertEquals(start.attributes?.["process.environment_variable.HF_TOKEN"], "[redacted]");
});
