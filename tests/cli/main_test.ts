import { assertEquals, assertMatch } from "@std/assert";
import config from "../../deno.json" with { type: "json" };
import { coldtrace } from "./_coldtrace.ts";

Deno.test("main() lists the verbs when none is given", async () => {
  const bare = await coldtrace([]);
  assertEquals([bare.code, bare.stderr], [0, ""]);
  assertMatch(bare.stdout, /^coldtrace VERB \[OPTIONS\]\n/);
  for (const verb of ["serve", "time", "export"]) {
    assertMatch(bare.stdout, new RegExp(`^ {2}${verb} +\\S.*\\.$`, "m"));
  }
  for (const args of [["--help"], ["-h"], ["help"]]) {
    assertEquals(await coldtrace(args), bare);
  }
});

Deno.test("main() shows what a verb takes when asked in either way", async () => {
  const help = await coldtrace(["help", "time"]);
  assertEquals([help.code, help.stderr], [0, ""]);
  assertMatch(help.stdout, /^coldtrace time \[RUN\] \[OPTIONS\]\n/);
  for (const line of help.stdout.split("\n")) assertEquals(line.slice(80), "");
  assertEquals(await coldtrace(["time", "--help"]), help);
});

Deno.test("main() prints the version of deno.json", async () => {
  const version = await coldtrace(["--version"]);
  assertEquals(version, { code: 0, stdout: `${config.version}\n`, stderr: "" });
});

Deno.test("main() fails with one line and 2 when the usage is wrong", async () => {
  const wrong: [string[], string][] = [
    [["tiem"], "Cannot run as 'tiem' is no verb: did you mean 'time'?\n"],
    [["frobnicate"], "Cannot run as 'frobnicate' is no verb: see coldtrace --help\n"],
    [["toString"], "Cannot run as 'toString' is no verb: see coldtrace --help\n"],
    [["--verison"], "Cannot run as '--verison' is no option: did you mean '--version'?\n"],
    [["help", "tme"], "Cannot run as 'tme' is no verb: did you mean 'time'?\n"],
    [["time", "--jsno"], "Cannot time as '--jsno' is no option: did you mean '--json'?\n"],
  ];
  for (const [args, stderr] of wrong) {
    assertEquals(await coldtrace(args), { code: 2, stdout: "", stderr });
  }
});
