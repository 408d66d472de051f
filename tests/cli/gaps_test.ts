import { assertEquals, assertMatch } from "@std/assert";
import { gaps } from "../../src/read/gaps.ts";
import { gapsReport } from "../../src/show/gaps_json.ts";
import { gapsText } from "../../src/show/gaps_text.ts";
import { stored } from "../show/_starts.ts";
import { coldtrace } from "./_coldtrace.ts";
import { fileOf } from "./_files.ts";

Deno.test("gaps prints what no span explains, as text and as JSON", async () => {
  const [start] = stored("died");
  const stdout = gapsText(start, gaps(start));
  assertEquals(await coldtrace(["gaps", fileOf("died")]), { code: 0, stdout, stderr: "" });
  const json = await coldtrace(["gaps", fileOf("died"), "--json"]);
  assertEquals(JSON.parse(json.stdout), gapsReport(start, gaps(start, "all")));
  const all = await coldtrace(["gaps", fileOf("died"), "--all"]);
  assertEquals(all.stdout, gapsText(start, gaps(start, "all")));
});

Deno.test("gaps --fail-over exits with 1 when more than the limit is unattributed", async () => {
  // 16.6 ms, 9.52 %.
  const limits = { "9.5%": 1, "9.6%": 0, "16.5ms": 1, "16.6ms": 0, "0.0165s": 1, "1s": 0, "0%": 1 };
  for (const [limit, code] of Object.entries(limits)) {
    const call = await coldtrace(["gaps", fileOf("died"), "--fail-over", limit]);
    const stderr = `Unattributed is more than ${limit}: 16.6 ms (9.52%)\n`;
    assertEquals([call.code, call.stderr], [code, code === 1 ? stderr : ""], limit);
    assertMatch(call.stdout, /^llama\.cpp died after/);
  }
});

Deno.test("gaps fails with one line and 2 when the limit makes no sense", async () => {
  for (const limit of ["5", "-1%", "101%", "5 %", "5m", "%", "1e3ms", ""]) {
    const { code, stdout, stderr } = await coldtrace([
      "gaps",
      fileOf("died"),
      `--fail-over=${limit}`,
    ]);
    assertEquals([code, stdout], [2, ""], limit);
    assertMatch(stderr, /^Cannot [^\n]*'fail-over' must be [^\n]+\n$/);
  }
});
