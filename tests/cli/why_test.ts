import { assert, assertEquals, assertMatch } from "@std/assert";
import { LOOKED_FOR, reasonsOf } from "../../src/read/reasons/reasons.ts";
import { type WhyReport, whyReport } from "../../src/show/why_json.ts";
import { whyText } from "../../src/show/why_text.ts";
import { freePort, replayArgs } from "../_replay_process.ts";
import { recorded, recordedText } from "../read/reasons/_starts.ts";
import { stored } from "../show/_starts.ts";
import { coldtrace } from "./_coldtrace.ts";
import { RunYard } from "./_run_yard.ts";

Deno.test("why prints the reasons of a start from stdin as text", async () => {
  const start = await recorded("cold");
  const stdout = whyText(start, reasonsOf(start), LOOKED_FOR);
  const call = await coldtrace(["why", "-"], { stdin: await recordedText("cold") });
  assertEquals(call, { code: 0, stdout, stderr: "" });
});

Deno.test("why --json prints the reasons of a file's start as JSON", async () => {
  const path = new URL("../testdata/starts/died.otlp.jsonl", import.meta.url).pathname;
  const call = await coldtrace(["why", path, "--json"]);
  assertEquals([call.code, call.stderr], [0, ""]);
  const [start] = stored("died");
  assertEquals(JSON.parse(call.stdout), whyReport(start, reasonsOf(start)));
});

Deno.test("why says that nothing has evidence, and what it looked for", async () => {
  const path = new URL("../testdata/starts/killed.otlp.jsonl", import.meta.url).pathname;
  const { code, stdout } = await coldtrace(["why", path]);
  assertEquals(code, 0);
  assertMatch(stdout, /: no reason\s+has\s+evidence\n\nLooked for a CPU limit, [^]+ retries\.\n$/);
});

Deno.test("why fails with one line and 2 when there is nothing to read", async () => {
  const { code, stdout, stderr } = await coldtrace(["why", "/nope.jsonl"]);
  assertEquals([code, stdout], [2, ""]);
  assertMatch(stderr, /^Cannot read run '\/nope\.jsonl' as .+\n$/);
});

Deno.test("why reads what run recorded of a replayed start that compiled", async () => {
  await using yard = new RunYard();
  const port = freePort();
  const replay = replayArgs("b3-flag-http-compile-cold", "--speed", 20, "--port", port);
  const url = `http://127.0.0.1:${port}/health`;
  const options = ["--engine", "vllm", "--ready-url", url, "--stop", "--quiet"];
  await yard.run([Deno.execPath(), ...replay], { options });
  const call = await coldtrace(["why", "--json", "--dir", yard.dir]);
  const { reasons }: WhyReport = JSON.parse(call.stdout);
  const found = reasons.find(({ id }) => id === "compilation");
  assertEquals(found?.evidence.slice(1), ["compile cache: miss"]);
  assert(
    found?.command.startsWith(
      `coldtrace run -n 6 --dir ${yard.dir} --label compilation-now --engine vllm --ready-url ${url} `,
    ),
    found?.command,
  );
  assertMatch(found?.command ?? "", /^coldtrace run -n 6 .+ --enforce-eager' -- .+replay\.ts /);
});
