import { assert, assertEquals, assertMatch } from "@std/assert";
import type { TimeReport } from "../../src/show/time_json.ts";
import { coldtrace } from "../cli/_coldtrace.ts";
import { freePort, RunYard } from "../cli/_run_yard.ts";
import { PrivateFolder } from "../_private_folder.ts";

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

async function report(yard: RunYard): Promise<TimeReport> {
  return JSON.parse((await coldtrace(["time", "--json", "--dir", yard.dir])).stdout);
}
