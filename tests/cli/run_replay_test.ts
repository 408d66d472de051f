/** `run` on the recorded starts of real vLLM: rows, phases, facts and failures of each. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import type { TimeReport } from "../../src/show/time_json.ts";
import { replayArgs } from "../_replay_process.ts";
import { freePort, RunYard } from "./_run_yard.ts";

/** How much faster than recorded a start is replayed. */
const SPEED = 20;

/** What comes of a recorded start. */
interface Expected {
  /** The exit code; 0 by default. */
  code?: number;
  /** Whether it gets ready; where it is killed in that very moment, nobody can say. */
  ready?: boolean | "perhaps";
  /** The phases of each process, besides the boot of what replays it. */
  phases: Record<string, string[]>;
  /** Facts besides those that all have. */
  facts: Record<string, unknown>;
  /** The last of what was open, and what it died of. */
  failure?: { open: string; message: RegExp };
}

const DUMMY = { model: "/models/tiny-dummy", load_format: "dummy", enforce_eager: true };
const TINY = { model: "/models/tiny", load_format: "auto", enforce_eager: true };
const EAGER = { Worker: ["worker", "weights", "kv_cache"], APIServer: ["http"] };
/** Without spans of its own, the log tells little. */
const LOG_ALONE = { Worker: ["weights"], APIServer: ["http"] };
const KILLED = /was ended by SIGKILL$/;

const CAPTURES: Readonly<Record<string, Expected>> = {
  "a-env-http-dummy": { phases: EAGER, facts: DUMMY },
  "b-flag-http-dummy": { phases: EAGER, facts: DUMMY },
  "b2-flag-http-safetensors": { phases: EAGER, facts: TINY },
  "b3-flag-http-compile-cold": {
    phases: { Worker: ["worker", "weights", "warmup", "kv_cache"], APIServer: ["http"] },
    facts: { ...TINY, enforce_eager: false, compile_cache: "miss" },
  },
  "b5-flag-http-safetensors-repeat": { phases: EAGER, facts: TINY },
  "c-grpc-docs": { phases: EAGER, facts: DUMMY },
  "d2-both-stale-lower": { phases: EAGER, facts: DUMMY },
  "e1-kill9-midload": {
    code: 137,
    ready: false,
    phases: { Worker: ["weights"] },
    facts: TINY,
    failure: { open: "Load model", message: KILLED },
  },
  "e3-kill9-at-ready-bsp200": { code: 137, ready: "perhaps", phases: EAGER, facts: TINY },
  "f3-bsp200": { phases: EAGER, facts: TINY },
  "f7-term-midload": { phases: EAGER, facts: TINY },
  "l2-logcfg-ms": { phases: LOG_ALONE, facts: TINY },
  "p-tp2": {
    phases: {
      Worker_TP0: ["worker", "weights", "kv_cache"],
      Worker_TP1: ["worker"],
      APIServer: ["http"],
    },
    facts: { ...TINY, tensor_parallel_size: 2, kv_cache_tokens: 1_048_576 },
  },
  "s-fail-bad-model": {
    code: 1,
    ready: false,
    phases: { Worker: ["worker", "weights"] },
    facts: { ...TINY, model: "/models/broken" },
    failure: { open: "Load weights", message: /^SafetensorError: Error while deserializing/ },
  },
  "v2-forced-vllm-compile-cold": {
    code: 1,
    ready: false,
    phases: { Worker: ["worker", "weights", "warmup", "compile"] },
    facts: { ...TINY, enforce_eager: false, compile_cache: "miss" },
    failure: { open: "Warmup (CPU)", message: /exited with code 1$/ },
  },
  "z-notrace-dummy": { phases: LOG_ALONE, facts: DUMMY },
};

for (const [name, expected] of Object.entries(CAPTURES)) {
  Deno.test(`run tells of the recorded start ${name}`, async () => {
    await using yard = new RunYard();
    const port = freePort();
    const replay = [Deno.execPath(), ...replayArgs(name, "--speed", SPEED, "--port", port)];
    const url = `http://127.0.0.1:${port}/health`;
    const options = ["--engine", "vllm", "--ready-url", url, "--stop", "--quiet"];
    const { code } = await yard.run(replay, { options });
    const { report, root } = await yard.start();
    const { ready = true, phases, facts, failure } = expected;
    assertEquals(code, expected.code ?? 0);
    if (ready !== "perhaps") {
      assertEquals([report.ready, report.first_token_ns !== null], [ready, ready]);
    }
    assertEquals(report.rows.reduce((sum, { ns }) => sum + ns, 0), report.total_ns);
    assertEquals(phasesOf(report), phases);
    for (const [fact, value] of Object.entries({ version: "0.32.0", dtype: "float32", ...facts })) {
      assertEquals(root.attributes[`coldtrace.engine.${fact}`], value, fact);
    }
    // Who is killed may have sent half a body.
    if (code !== 137) assertEquals(report.missing, []);
    if (failure === undefined) return;
    assertEquals(report.open?.at(-1), failure.open);
    assertMatch(report.ended?.message ?? "", failure.message);
    assert(root.events?.some(({ name }) => name === "log"), "the last lines are told");
  });
}

Deno.test("every recorded start is replayed", () => {
  const folder = new URL("../testdata/captures/", import.meta.url);
  const names = [...Deno.readDirSync(folder)].filter((entry) => entry.isDirectory);
  assertEquals(names.map(({ name }) => name).sort(), Object.keys(CAPTURES));
});

/**
 * The phases of each process in their order, each once; not of the process that replays it, which
 * can have the process id of a recorded one.
 */
function phasesOf(report: TimeReport): Record<string, string[]> {
  const phases: Record<string, string[]> = {};
  for (const { process, phase } of report.rows) {
    if (process === null || process === "replay.ts" || phase === "process_start") continue;
    (phases[process] ??= []).push(phase);
  }
  return phases;
}
