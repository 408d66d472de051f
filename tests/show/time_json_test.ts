import { assertEquals } from "@std/assert";
import { timeReport } from "../../src/show/time_json.ts";
import { stored } from "./_starts.ts";

Deno.test("timeReport() has the shape of version 1", () => {
  const { rows, ...rest } = timeReport(...stored("ready"));
  assertEquals(rest, {
    version: 1,
    traceId: "62797e9bfa98abda2078ebd0350d073d",
    run: "20261123-233505-307-325j",
    engine: "llama.cpp",
    ready: true,
    total_ns: 115_971_503,
    first_token_ns: 119_722_017,
    unattributed_ns: 5_392_180,
    // Everything else is explained by spans of our own.
    leaf_share: 0.9535,
    missing: [],
  });
  assertEquals([rows[0], rows[3]], [
    {
      name: "process start",
      phase: "process_start",
      ns: 14_729_660,
      share: 12.7,
      process: "API server",
      source: "process",
      parts: [{ name: "process start", ns: 14_729_660 }],
    },
    {
      name: "unattributed in process API server",
      phase: "unattributed",
      ns: 2_815_850,
      share: 2.4,
      process: null,
      source: null,
      parts: [{ name: "unattributed in process API server", ns: 2_815_850 }],
    },
  ]);
});

Deno.test("timeReport() has rows that sum to the total", () => {
  for (const name of ["ready", "died", "killed", "vllm"] as const) {
    const { rows, total_ns, unattributed_ns } = timeReport(...stored(name));
    const sum = (some: typeof rows) => some.reduce((total, { ns }) => total + ns, 0);
    assertEquals(sum(rows), total_ns, name);
    for (const row of rows) assertEquals(row.parts.reduce((all, { ns }) => all + ns, 0), row.ns);
    assertEquals(sum(rows.filter((row) => row.name.startsWith("unattributed"))), unattributed_ns);
  }
});

Deno.test("timeReport() tells how a start died", () => {
  const { ready, first_token_ns, total_ns, open, ended } = timeReport(...stored("died"));
  assertEquals({ ready, first_token_ns, total_ns, open, ended }, {
    ready: false,
    first_token_ns: null,
    total_ns: 173_817_166,
    open: ["load weights"],
    ended: {
      reason: "exit",
      exit_code: null,
      signal: "SIGKILL",
      message: "process engine core was ended by SIGKILL",
    },
  });
});

Deno.test("timeReport() says null where nothing is known", () => {
  const killed = timeReport(...stored("killed"));
  assertEquals([killed.run, killed.engine], [null, "llama.cpp"]);
  assertEquals(killed.ended?.reason, "launcher-killed");
  const foreign = timeReport(...stored("vllm"));
  assertEquals([foreign.engine, foreign.ready, foreign.ended], ["vllm.server", false, null]);
});
