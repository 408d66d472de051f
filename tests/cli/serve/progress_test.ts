/** `serve` in a terminal: what is seen while it starts, and Ctrl-C. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { readStart } from "../../../src/read/start.ts";
import { lockFile } from "../../../src/llama/model/_lock.ts";
import { writeBigModel } from "../../_big_model.ts";
import { type Serve, type ServeOptions, Yard } from "../../_serve.ts";
import { canMakeTerminal } from "../../_terminal.ts";

const hasTerminal = canMakeTerminal();
const CTRL_C = "\x03";

/** Starts it in a terminal of 80 columns, whose text is its stdout. */
function serveInTerminal(yard: Yard, options: ServeOptions = {}): Promise<Serve> {
  return yard.serve({
    ...options,
    env: { ...options.env, TERM: "xterm", SHELL: "/bin/sh" },
    wrap: (command) => {
      const quoted = command.map((arg) => `'${arg}'`).join(" ");
      return ["script", "-qefc", `stty cols 80; exec ${quoted}`, "/dev/null"];
    },
  });
}

/** What stays on the screen: of each line, what was written after it was last cleared. */
function screen(text: string): string[] {
  return text.split(/\r?\n/).map((line) => line.split("\r\x1b[K").at(-1)?.replace(/\r$/, "") ?? "");
}

Deno.test({
  name: "serve shows its running phase in a terminal, and stops at Ctrl-C",
  ignore: !hasTerminal,
  async fn() {
    await using yard = await Yard.open();
    const dir = yard.dir();
    writeBigModel(`${dir}/big.gguf`, 49_152);
    await using serve = await serveInTerminal(yard, {
      dir,
      args: ["--model", `${dir}/big.gguf`, "--no-mmap"],
    });
    await serve.stdout.match(/llama\.cpp: load weights \d+ % \(\d+\.\d s\)/);
    await serve.started();
    await serve.type(CTRL_C);
    const { code, stdout } = await serve.ended();
    assertEquals(code, 0);
    await serve.gone();
    const lines = screen(stdout);
    assertMatch(lines[0] ?? "", /^Serving big on http:\/\/127\.0\.0\.1:\d+$/);
    assertMatch(lines[2] ?? "", /^llama\.cpp ready in /);
    assertEquals(lines.slice(-2), ["Stopping", ""]);
  },
});

Deno.test({
  name: "serve stops while it loads when Ctrl-C is pressed",
  ignore: !hasTerminal,
  async fn() {
    await using yard = await Yard.open();
    const dir = yard.dir();
    writeBigModel(`${dir}/big.gguf`, 49_152);
    await using serve = await serveInTerminal(yard, {
      dir,
      args: ["--model", `${dir}/big.gguf`, "--no-mmap"],
    });
    await serve.stdout.match(/load weights \d+ %/);
    await serve.type(CTRL_C);
    const { code, stdout } = await serve.ended();
    assertEquals(code, 128 + 2);
    await serve.gone();
    const { ready, open, ended } = readStart(await serve.records());
    // It may have gone on a little before it was told.
    assertEquals([ready, open[0], ended?.message], [false, "load weights", "Stopped by SIGINT"]);
    const lines = screen(stdout);
    assertEquals(lines[0], "Stopping");
    assertMatch(lines[1] ?? "", /^llama\.cpp died after .+ in .+: stopped/);
  },
});

Deno.test({
  name: "serve stops while it prepares when Ctrl-C is pressed",
  ignore: !hasTerminal,
  async fn() {
    await using yard = await Yard.open();
    const dir = yard.dir();
    const model = `${dir}/models/coldtrace-bigram.gguf`;
    await Deno.remove(model);
    // Another process seems to be making it.
    using _lock = await lockFile(`${model}.lock`);
    await using serve = await serveInTerminal(yard, { dir });
    await serve.stdout.match(/llama\.cpp: make the default model/);
    await serve.type(CTRL_C);
    const { code, stdout } = await serve.ended();
    assertEquals(code, 128 + 2);
    await serve.gone();
    assertEquals([screen(stdout), serve.runs()], [["Stopping", ""], []]);
  },
});

Deno.test({
  name: "serve passes on what its engine writes in a terminal",
  ignore: !hasTerminal,
  async fn() {
    await using yard = await Yard.open();
    await using serve = await serveInTerminal(yard, { args: ["--model", Deno.execPath()] });
    const { code, stdout } = await serve.ended();
    assertEquals(code, 1);
    const lines = screen(stdout);
    assertMatch(lines[0] ?? "", /^Cannot load model as llama\.cpp failed: /);
    assertMatch(lines[1] ?? "", /^llama\.cpp died after /);
    assert(!stdout.includes("NaN"));
  },
});
