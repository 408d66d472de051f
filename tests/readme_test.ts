/** What README shows of the command line is what the command line prints. */
import { assertEquals } from "@std/assert";
import { coldtrace } from "./cli/_coldtrace.ts";

const README = await Deno.readTextFile(new URL("../README.md", import.meta.url));

/** `$ coldtrace VERB --help` or `$ deno task VERB --help`, and what stands below it. */
const HELP = /^\$ (?:coldtrace|deno task) (.+) --help\n([^]*?)^(?:```|\$ )/gm;

Deno.test("README shows help as verbs print it", async () => {
  const shown = [...README.matchAll(HELP)];
  assertEquals(shown.map(([, verb]) => verb), ["run", "serve"]);
  for (const [, verb = "", text] of shown) {
    const { stdout } = await coldtrace([...verb.split(" "), "--help"]);
    assertEquals(text, stdout, `coldtrace ${verb} --help`);
  }
});
