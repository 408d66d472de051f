import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { type ExcerptLine, LogExcerpt } from "../../../src/sources/log/excerpt.ts";

function line(text: string, stream: ExcerptLine["stream"] = "stdout", time = 1): ExcerptLine {
  return { stream, text, timeUnixNano: BigInt(time) };
}

function textsOf(excerpt: LogExcerpt, ...unended: ExcerptLine[]): string[] {
  return excerpt.all(unended).lines.map(({ text }) => text);
}

/** An excerpt of so many lines: `1`, `2` and so on. */
function excerptOf(count: number): LogExcerpt {
  const excerpt = new LogExcerpt();
  for (let i = 1; i <= count; i++) excerpt.take(line(`${i}`, "stdout", i), false);
  return excerpt;
}

Deno.test("LogExcerpt keeps the first and the last 250 lines, and counts what it leaves out", () => {
  fc.assert(
    fc.property(fc.nat({ max: 1_200 }), (count) => {
      const { lines, dropped } = excerptOf(count).all([]);
      const kept = (i: number) => i <= 250 || i > count - 250;
      const expected = Array.from({ length: count }, (_, i) => i + 1).filter(kept);
      assertEquals(lines.map(({ text }) => Number(text)), expected);
      assertEquals(lines.length + dropped, count);
    }),
  );
});

Deno.test("LogExcerpt has those among the lines whose end has not come", () => {
  const excerpt = excerptOf(600);
  const half = [line("half", "stdout", 600), line("half of stderr", "stderr", 599)];
  assertEquals(textsOf(excerpt, ...half).slice(-4), ["599", "half of stderr", "600", "half"]);
  assertEquals(excerpt.all(half).dropped, 100);
});

Deno.test("LogExcerpt has of progress what it came to, in its stream alone", () => {
  const excerpt = new LogExcerpt();
  excerpt.take(line("10%", "stderr", 1), true);
  excerpt.take(line("a", "stdout", 2), false);
  excerpt.take(line("90%", "stderr", 3), true);
  excerpt.take(line("b", "stdout", 4), false);
  assertEquals(textsOf(excerpt), ["a", "90%", "b"]);
  assertEquals(textsOf(excerpt, line("95%", "stderr", 5)), ["a", "b", "95%"]);
  assertEquals(textsOf(excerpt, line(" ", "stderr", 5)), ["a", "90%", "b"]);
  excerpt.take(line("100%", "stderr", 6), false);
  excerpt.take(line("done", "stderr", 7), false);
  assertEquals(textsOf(excerpt), ["a", "b", "100%", "done"]);
});

Deno.test("LogExcerpt does not count overwritten progress among what it leaves out", () => {
  const excerpt = excerptOf(500);
  for (let i = 0; i < 1_000; i++) excerpt.take(line(`${i}%`, "stderr", 500), true);
  excerpt.take(line("done", "stderr", 501), false);
  const { lines, dropped } = excerpt.all([]);
  assertEquals([lines.length, lines.at(-1)?.text, dropped], [500, "done", 1]);
});

Deno.test("LogExcerpt keeps what only seemed to be overwritten", () => {
  const excerpt = new LogExcerpt();
  excerpt.keep("stdout");
  excerpt.take(line("with a carriage return"), true);
  excerpt.keep("stderr");
  excerpt.keep("stdout");
  excerpt.keep("stdout");
  excerpt.take(line("next"), false);
  assertEquals(textsOf(excerpt), ["with a carriage return", "next"]);
});

Deno.test("LogExcerpt shows lines without secrets, what is blank, and more than 500 characters", () => {
  const excerpt = new LogExcerpt();
  excerpt.take(line("token=hf_abcdefghijkl"), false);
  excerpt.take(line("  "), false);
  excerpt.take(line("x".repeat(5_000)), false);
  // Cut in its middle, it would not be known as a secret.
  excerpt.take(line(`${"x".repeat(490)} --api-key hf_abcdefghijkl`), false);
  const [first, second, third, ...others] = textsOf(excerpt);
  assertEquals([first, second?.length, others], ["token=[redacted]", 500, []]);
  assertEquals(third, `${"x".repeat(490)} --api-key`.slice(0, 500));
});

Deno.test("LogExcerpt keeps no more than it shows of what the lines were read with", () => {
  const excerpt = new LogExcerpt();
  excerpt.take(line(`${"é".repeat(499)}🚀${"y".repeat(60_000)}`), false);
  const [text = ""] = textsOf(excerpt);
  assertEquals(text.length, 500);
  assert(text.startsWith("é".repeat(499)));
});
