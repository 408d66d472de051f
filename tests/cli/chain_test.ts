import { assert, assertEquals, assertMatch } from "@std/assert";
import { chain, fold, targetOf } from "../../src/read/chain.ts";
import { chainReport } from "../../src/show/chain_json.ts";
import { chainText } from "../../src/show/chain_text.ts";
import { stored } from "../show/_starts.ts";
import { coldtrace } from "./_coldtrace.ts";
import { fileOf } from "./_files.ts";

Deno.test("chain prints the critical path, folded, whole, to a moment, and as JSON", async () => {
  const [start] = stored("ready");
  for (const to of [undefined, "first-token", "load weights"]) {
    const target = targetOf(start, to);
    assert(target);
    const steps = chain(start, target);
    const args = ["chain", fileOf("ready"), ...(to === undefined ? [] : ["--to", to])];
    const expected = { code: 0, stdout: chainText(start, target, fold(steps)), stderr: "" };
    assertEquals(await coldtrace(args), expected);
    const { stdout } = await coldtrace([...args, "--json"]);
    assertEquals(JSON.parse(stdout), chainReport(start, target, steps));
    const all = await coldtrace([...args, "--all"]);
    assertEquals(all.stdout, chainText(start, target, steps));
  }
});

Deno.test("chain fails with one line and 2 when there is nothing to lead to", async () => {
  const attempts: [string, string, RegExp][] = [
    [
      "ready",
      "load weight",
      /^Cannot follow to 'load weight' as .+: did you mean 'load weights'\?\n$/,
    ],
    ["ready", "tokenizer", /: did you mean 'load tokenizer'\?\n$/],
    ["ready", "no such thing at all", /: see coldtrace blame --all\n$/],
    ["died", "first-token", /^Cannot follow to 'first-token' as none was seen in this start\n$/],
    ["died", "ready", /^Cannot follow to 'ready' as the start did not get there: .+\n$/],
  ];
  for (const [name, to, expected] of attempts) {
    const { code, stdout, stderr } = await coldtrace([
      "chain",
      fileOf(name as "ready"),
      "--to",
      to,
    ]);
    assertEquals([code, stdout], [2, ""]);
    assertMatch(stderr, expected);
  }
});
