import { assert, assertEquals, assertRejects } from "@std/assert";
import type { LaunchEngineOptions } from "../../src/launch/types.ts";
import { RunWriter } from "../../src/runs/writer.ts";
import { decodeTraces } from "../../src/otlp/json.ts";
import { type EngineStartOptions, startEngine } from "../../src/start/engine_start.ts";
import type { SpanRecord } from "../../src/trace/record.ts";

const ENGINE = new URL("../testdata/launch/engine.ts", import.meta.url).href;
const FLAGS = ["run", "--no-config", "--no-lock", "--no-prompt", "--allow-env", "--allow-run"];

/** A run in memory. */
function createRun() {
  const lines: string[] = [];
  let isClosed = false;
  const writer = new RunWriter("run-1", {
    file: {
      writeSync(bytes) {
        assert(!isClosed);
        lines.push(new TextDecoder().decode(bytes));
        return bytes.length;
      },
      truncateSync() {},
      close() {
        isClosed = true;
      },
    },
  });
  return {
    lines,
    openRuns: () => ({ id: "run-1", writers: [writer] }),
    records: () => lines.flatMap((line) => decodeTraces(line)),
    get isClosed() {
      return isClosed;
    },
  };
}

/** How to start the engine for tests. */
function engine(scenario: string[], options: LaunchEngineOptions = {}): EngineStartOptions {
  return {
    engine: "test",
    prepare: () =>
      Promise.resolve({
        command: Deno.execPath(),
        options: {
          args: [...FLAGS, ENGINE, ...scenario],
          channel: "stdio",
          name: "engine",
          stdout: "null",
          stderr: "null",
          ...options,
        },
      }),
  };
}

/** Launches a program that is no engine of ours: it says "ready", and lives on. */
function shell(script: string, options: LaunchEngineOptions = {}): EngineStartOptions {
  return {
    engine: "shell",
    prepare: () =>
      Promise.resolve({
        command: "sh",
        options: { args: ["-c", script], stdout: "piped", ready: { line: /^ready$/ }, ...options },
      }),
  };
}

function rootOf(records: readonly SpanRecord[]): SpanRecord {
  const [root, ...others] = records.filter(({ attributes }) => "coldtrace.engine" in attributes);
  assert(root && others.length === 0);
  return root;
}

/** How a start died, by its root. */
function deathOf(records: readonly SpanRecord[]): Record<string, unknown> {
  const { attributes, status } = rootOf(records);
  const names = ["error.type", "coldtrace.open", "process.exit.code", "process.exit.signal"];
  const told = names.filter((name) => name in attributes).map((name) => [name, attributes[name]]);
  return { ...Object.fromEntries(told), status: status.code, message: status.message };
}

Deno.test("startEngine() writes each span as it ends, and the root last", async () => {
  const run = createRun();
  const spans: string[] = [];
  const start = await startEngine({
    ...engine(["ready"], { onSpan: ({ name }) => spans.push(name) }),
    openRuns: run.openRuns,
  });
  // What came before launch is written before it.
  assertEquals(run.records().map(({ name }) => name), ["prepare"]);
  await start.engine.ready;
  const written = run.records().map(({ name }) => name);
  assertEquals(written, ["prepare", ...spans]);
  assert(written.includes("load weights") && written.includes("process engine"));
  assert(!run.isClosed);
  await start.engine.stop();
  const records = await start.over;
  assert(run.isClosed);
  assertEquals(run.records().length, records.length);
  assertEquals(rootOf(records), records.at(-1));

  const root = rootOf(records);
  const [process] = records.filter(({ name }) => name === "process engine");
  assertEquals(root.attributes["coldtrace.run"], "run-1");
  assertEquals(root.startTimeUnixNano, process?.startTimeUnixNano);
  assertEquals(process?.parentSpanId, root.spanId);
  assertEquals(root.events?.[0]?.timeUnixNano, process?.endTimeUnixNano);
  // It was ready, but there never was a first token.
  assertEquals(root.events?.map(({ name }) => name), ["ready"]);
  assertEquals(root.status, { code: 2, message: "The engine ended before its first token" });
});

Deno.test("startEngine() starts any program", async () => {
  const start = await startEngine(shell("echo ready; exec sleep 60"));
  await start.engine.ready;
  await start.engine.stop();
  const records = await start.over;
  assertEquals(records.map(({ name }) => name).sort(), ["prepare", "process sh", "start"]);
});

Deno.test("startEngine() tells what an engine did that ends before it is ready", async () => {
  const { over } = await startEngine(engine(["phases", "exit"]));
  const records = await over;
  assertEquals(deathOf(records), {
    "error.type": "exit",
    "coldtrace.open": ["load weights", "read tensors"],
    "process.exit.code": 3,
    status: 2,
    message: "process engine exited with code 3",
  });
  const [process] = records.filter(({ name }) => name === "process engine");
  assertEquals(rootOf(records).endTimeUnixNano, process?.endTimeUnixNano);
});

Deno.test("startEngine() tells by which signal an engine was ended", async () => {
  const { over } = await startEngine(shell("kill -KILL $$"));
  assertEquals(deathOf(await over), {
    "error.type": "exit",
    "process.exit.signal": "SIGKILL",
    status: 2,
    message: "process sh was ended by SIGKILL",
  });
});

Deno.test("startEngine() tells that an engine was too slow", async () => {
  const { over } = await startEngine(shell("exec sleep 60", { startTimeout: 50 }));
  assertEquals(deathOf(await over), {
    "error.type": "start-timeout",
    "process.exit.signal": "SIGTERM",
    status: 2,
    message: "Cannot start engine as 'sh' was not ready within 50 ms",
  });
});

Deno.test("startEngine() tells that an engine was stopped", async () => {
  const controller = new AbortController();
  const { over } = await startEngine(shell("exec sleep 60", { signal: controller.signal }));
  controller.abort(new Error("No more"));
  assertEquals(deathOf(await over), {
    "error.type": "stopped",
    "process.exit.signal": "SIGTERM",
    status: 2,
    message: "No more",
  });
});

Deno.test("startEngine() stores a start whose program is not there", async () => {
  const run = createRun();
  const options = {
    engine: "none",
    prepare: () => Promise.resolve({ command: "/no/such/program", options: {} }),
    openRuns: run.openRuns,
  };
  await assertRejects(() => startEngine(options), Deno.errors.NotFound);
  assert(run.isClosed);
  const { "error.type": type, status } = deathOf(run.records());
  assertEquals([type, status], ["NotFound", 2]);
});

Deno.test("startEngine() stores nothing when it cannot be prepared", async () => {
  const options = {
    engine: "none",
    prepare: () => Promise.reject(new Error("no")),
    openRuns: () => {
      throw new Error("Unexpected");
    },
  };
  await assertRejects(() => startEngine(options), Error, "no");
});
