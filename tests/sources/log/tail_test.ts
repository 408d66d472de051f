import { assertEquals } from "@std/assert";
import { LogTail, type TailLine } from "../../../src/sources/log/tail.ts";

function line(text: string, stream: TailLine["stream"] = "stdout"): TailLine {
  return { stream, text, timeUnixNano: 1n };
}

function textsOf(tail: LogTail, ...unended: TailLine[]): string[] {
  return tail.lines(unended).map(({ text }) => text);
}

Deno.test("LogTail keeps the last 20 lines, those among them whose end has not come", () => {
  const tail = new LogTail();
  for (let i = 1; i <= 30; i++) tail.take(line(`${i}`), false);
  assertEquals(textsOf(tail), Array.from({ length: 20 }, (_, i) => `${i + 11}`));
  const lines = textsOf(tail, line("half"), line("half of stderr", "stderr"));
  assertEquals([lines.length, ...lines.slice(-3)], [20, "30", "half", "half of stderr"]);
});

Deno.test("LogTail puts a line in the place of the one that it overwrites, in its stream alone", () => {
  const tail = new LogTail();
  tail.take(line("10%", "stderr"), true);
  tail.take(line("a"), false);
  tail.take(line("90%", "stderr"), true);
  tail.take(line("b"), false);
  assertEquals(textsOf(tail), ["a", "90%", "b"]);
  tail.take(line("100%", "stderr"), false);
  tail.take(line("done", "stderr"), false);
  assertEquals(textsOf(tail), ["a", "b", "100%", "done"]);
});

Deno.test("LogTail keeps what only seemed to be overwritten", () => {
  const tail = new LogTail();
  tail.keep("stdout");
  tail.take(line("with a carriage return"), true);
  tail.keep("stderr");
  tail.keep("stdout");
  tail.take(line("next"), false);
  assertEquals(textsOf(tail), ["with a carriage return", "next"]);
});

Deno.test("LogTail shows lines without colours, secrets, what is blank, and more than 1000 characters", () => {
  const tail = new LogTail();
  tail.take(line("\u001b[31mred\u001b[0m token=hf_abcdefghijkl"), false);
  tail.take(line("\u001b[0m  "), false);
  tail.take(line("x".repeat(5_000)), false);
  const [first, second, ...others] = textsOf(tail);
  assertEquals([first, second?.length, others], ["red token=[redacted]", 1_000, []]);
});
