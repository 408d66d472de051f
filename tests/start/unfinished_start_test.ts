import { assert, assertEquals, assertMatch } from "@std/assert";
import type { TimeReport } from "../../src/show/time_json.ts";
import { LogPhases } from "../../src/sources/log_phases.ts";
import { LLAMA_SERVER_LOG } from "../../src/sources/profiles/llama_server_log.ts";
import { OpenLog, readOpenLog } from "../../src/start/open_log.ts";
import { spansSoFar } from "../../src/start/unfinished_start.ts";
import { rootContext } from "../../src/trace/context.ts";
import { newRecord } from "../../src/trace/new_record.ts";
import type { RecordAttributes } from "../../src/trace/record.ts";
import { coldtrace } from "../cli/_coldtrace.ts";
import { freePort, RunYard } from "../cli/_run_yard.ts";
import { PrivateFolder } from "../_private_folder.ts";
import { replayArgs } from "../_replay_process.ts";

/** A program whose import does not end before its stdin does. */
const PROGRAM = "import slow\n";
const SLOW = "import time; time.sleep(0.1); import within\n";
const WITHIN = "import time; time.sleep(0.1); print('here', flush=True); input()\n";

function hasPython(): boolean {
  try {
    const code = "import sys; sys.exit(sys.version_info < (3, 9))";
    return new Deno.Command("python3", { args: ["-c", code] }).outputSync().success;
  } catch {
    return false;
  }
}

Deno.test({
  name: "spansSoFar() has time name the open phase of a start under way, and of one broken off",
  ignore: !hasPython(),
  fn: async () => {
    // Not below a folder that others can write to, where there would be no probe.
    using home = new PrivateFolder();
    await using yard = new RunYard(home.path);
    for (const [name, text] of Object.entries({ main: PROGRAM, slow: SLOW, within: WITHIN })) {
      Deno.writeTextFileSync(`${yard.dir}/${name}.py`, text);
    }
    const url = `http://127.0.0.1:${freePort()}/health`;
    const options = ["--engine", "vllm", "--ready-url", url, "--probe", "imports"];
    const run = yard.spawn(["python3", `${yard.dir}/main.py`], { options, stdin: "piped" });
    await run.says(/here/);

    const text = await coldtrace(["time", "--dir", yard.dir]);
    assertMatch(text.stdout, /^vLLM not seen ready in .+, in import \w+\n/);
    const underWay: TimeReport = await report(yard);
    assertEquals([underWay.ready, underWay.ended], [false, null]);
    assert(underWay.total_ns >= 200_000_000, "both sleeps are in it");
    assertEquals(underWay.rows.reduce((sum, { ns }) => sum + ns, 0), underWay.total_ns);
    assert(underWay.rows.some(({ phase }) => phase === "import"));

    run.child.kill("SIGKILL");
    await run.child.status;
    const broken = await report(yard);
    assertEquals(broken.ended?.reason, "launcher-killed");
    assert(broken.total_ns >= 100_000_000, "what was told is in it");
    assertMatch(broken.open?.at(-1) ?? "", /^import (slow|within)$/);
    // The engine goes on, and ends with its stdin.
    await run.child.stdin.close();
    await Promise.all([run.child.stdout.cancel(), run.child.stderr.cancel()]);
  },
});

const LLAMA = {
  "coldtrace.engine": "llama-server",
  "coldtrace.engine.pid": 4321,
  "process.command_args": ["/opt/llama/llama-server", "-m", "M"],
};
/** What it says, a second after the other, the first one second after launch. */
const LOADING = [
  "0.33.279.911 I srv  load_model: loading model 'M'",
  "0.34.279.911 I something else",
  "0.35.279.911 I srv  load_model: initializing, n_slots = 1, n_ctx_slot = 8192",
];

/** The spans of a start that was launched at 0 s: names, and from when to when, in seconds. */
async function soFar(
  attributes: RecordAttributes,
  lines: readonly string[],
  now?: bigint,
): Promise<unknown[]> {
  const path = Deno.makeTempFileSync({ prefix: "coldtrace-open-" });
  try {
    const noted = new OpenLog();
    const root = newRecord("start", rootContext, { scope: { name: "test" }, attributes });
    root.startTimeUnixNano = 0n;
    noted.started(root);
    noted.open(path);
    const log = new LogPhases(LLAMA_SERVER_LOG, undefined, (...told) => noted.said(...told));
    for (const [index, line] of lines.entries()) {
      const time = BigInt(index + 1) * 1_000_000_000n;
      log.take("stderr", new TextEncoder().encode(`${line}\n`), time);
    }
    const spans = await spansSoFar(root, path, now);
    return spans.map(({ name, startTimeUnixNano: from, endTimeUnixNano: to }) => [
      name,
      Number(from) / 1e9,
      to === undefined ? null : Number(to) / 1e9,
    ]);
  } finally {
    Deno.removeSync(path);
  }
}

Deno.test("spansSoFar() tells what the log has said of a start under way, and of one broken off", async () => {
  assertEquals(await soFar(LLAMA, LOADING, 10_000_000_000n), [
    ["process llama-server", 0, null],
    ["Load model", 1, 3],
    ["Initialize slots", 3, null],
  ]);
  // Nobody knows how long it went on.
  assertEquals(await soFar(LLAMA, LOADING), [
    ["process llama-server", 0, 3.000000001],
    ["Load model", 1, 3],
    ["Initialize slots", 3, null],
  ]);
});

Deno.test("spansSoFar() tells nothing where nothing was told, or nobody knows the engine", async () => {
  assertEquals(await soFar(LLAMA, ["hello", "world"], 10_000_000_000n), []);
  const unknown = { ...LLAMA, "coldtrace.engine": "mine" };
  assertEquals(await soFar(unknown, LOADING, 10_000_000_000n), []);
});

Deno.test({
  name: "spansSoFar() has time name the open phase of a recorded start without a probe",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    await using yard = new RunYard();
    const replay = [Deno.execPath(), ...replayArgs("b3-flag-http-compile-cold", "--speed", 10)];
    const url = `http://127.0.0.1:${freePort()}/health`;
    const options = ["--engine", "vllm", "--ready-url", url, "--probe", "off"];
    const run = yard.spawn(replay, { options });
    await run.says(/Warming up model/);
    const pid = enginePid(yard);
    try {
      // What it does now it does until it has been read.
      Deno.kill(pid, "SIGSTOP");
      const text = await coldtrace(["time", "--dir", yard.dir]);
      assertMatch(text.stdout, /^vLLM not seen ready in .+, in Warmup \(CPU\)\n/);
      const underWay = await report(yard);
      assertEquals([underWay.ready, underWay.ended], [false, null]);
      assertEquals(underWay.open, ["Warmup (CPU)"]);
      assertEquals(underWay.rows.reduce((sum, { ns }) => sum + ns, 0), underWay.total_ns);
      const { phase, process } = underWay.rows.at(-1) ?? {};
      assertEquals([phase, process], ["warmup", "Worker"]);

      run.child.kill("SIGKILL");
      await run.child.status;
      const broken = await report(yard);
      assertEquals([broken.ended?.reason, broken.open], ["launcher-killed", ["Warmup (CPU)"]]);
      assert(broken.rows.some(({ phase }) => phase === "weights"));
      for (const verb of [["blame"], ["chain"], ["gaps"], ["why"], ["plot", "-o", "-"]]) {
        const { code, stderr } = await coldtrace([...verb, "--dir", yard.dir]);
        assertEquals([code, stderr], [0, ""], verb[0]);
      }
    } finally {
      Deno.kill(pid, "SIGKILL");
      await Promise.all([run.child.stdout.cancel(), run.child.stderr.cancel()]);
    }
  },
});

/** The process of the one engine that is started there. */
function enginePid({ dir }: RunYard): number {
  const [open] = [...Deno.readDirSync(`${dir}/runs`)].filter(({ name }) => name.endsWith(".open"));
  const [root] = readOpenLog(`${dir}/runs/${open?.name}`);
  return Number(root?.attributes["coldtrace.engine.pid"]);
}

async function report(yard: RunYard): Promise<TimeReport> {
  return JSON.parse((await coldtrace(["time", "--json", "--dir", yard.dir])).stdout);
}
