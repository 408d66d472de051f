import { assert, assertThrows } from "@std/assert";
import { wholeProcess, wholeProgram } from "../../bench/_process.ts";

Deno.test("wholeProgram() throws with what a program said when it failed", () => {
  const failing = [Deno.execPath(), "eval", "--no-config", "console.error('no'); Deno.exit(3)"];
  assertThrows(() => wholeProgram(failing), Error, "no");
});

Deno.test("wholeProcess() takes as long as the program does, with nothing to trace by", () => {
  const script = `const names = Object.keys(Deno.env.toObject());
if (names.some((name) => /^(OTEL_|COLDTRACE_DIR|TRACEPARENT)/.test(name))) Deno.exit(1);
if (Deno.env.get("MORE") !== "more") Deno.exit(2);
for (let end = performance.now() + 20; performance.now() < end;);`;
  assert(wholeProcess(["eval", "--no-config", script], { MORE: "more" }) > 20);
});
