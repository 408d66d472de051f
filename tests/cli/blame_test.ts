import { assertEquals } from "@std/assert";
import { blame } from "../../src/read/blame/blame.ts";
import { blameReport } from "../../src/show/blame_json.ts";
import { blameText } from "../../src/show/blame_text.ts";
import { stored } from "../show/_starts.ts";
import { coldtrace } from "./_coldtrace.ts";
import { fileOf } from "./_files.ts";

Deno.test("blame prints the spans of a start, all of them, and as JSON", async () => {
  const [start] = stored("ready");
  const blamed = blame(start);
  const texts: [string[], string][] = [
    [[], blameText(start, blamed)],
    [["--all"], blameText(start, blamed, true)],
  ];
  for (const [options, stdout] of texts) {
    const call = await coldtrace(["blame", fileOf("ready"), ...options]);
    assertEquals(call, { code: 0, stdout, stderr: "" });
  }
  const { stdout } = await coldtrace(["blame", fileOf("ready"), "--json"]);
  assertEquals(JSON.parse(stdout), blameReport(start, blamed));
});
