import { assert, assertEquals } from "@std/assert";
import { joined, LineReader } from "../../src/launch/_line_reader.ts";

const LIMIT = 64;
const encoder = new TextEncoder();

/** What a reader makes of a text that comes in chunks of `size` bytes. */
function read(text: string, size: number) {
  const lines: string[] = [];
  const rest: Uint8Array[] = [];
  let skipped = 0;
  const reader = new LineReader(LIMIT, {
    line: (bytes) => {
      const line = new TextDecoder().decode(bytes);
      assert(line.endsWith("\n"));
      lines.push(line.slice(0, -1));
    },
    rest: (bytes) => rest.push(bytes.slice()),
    skipped: () => skipped++,
  });
  const bytes = encoder.encode(text);
  // One buffer for all, as a process reads its stdin.
  const chunk = new Uint8Array(size);
  for (let at = 0; at < bytes.length; at += size) {
    const piece = bytes.subarray(at, at + size);
    chunk.set(piece);
    reader.push(chunk.subarray(0, piece.length));
  }
  reader.end();
  return { lines, rest: new TextDecoder().decode(joined(rest)), skipped };
}

Deno.test("LineReader parts the protocol's lines from the rest, however they are cut", () => {
  const text = [
    "plain",
    '{"coldtrace":"a"}',
    "",
    ' {"coldtrace":"not at the beginning"}',
    '{"coldtrace": "not so"}',
    '{"coldtrace":"ü"}',
    "x".repeat(1000),
    '{"coldtrace":"b"}',
    `{"coldtrace":"${"long".repeat(50)}"}`,
    '{"cold',
    "end without newline",
  ].join("\n");
  for (const size of [1, 2, 3, 5, 7, 13, 14, 15, 64, 65, 10_000]) {
    const { lines, rest, skipped } = read(text, size);
    assertEquals(lines, ['{"coldtrace":"a"}', '{"coldtrace":"ü"}', '{"coldtrace":"b"}']);
    assertEquals(
      rest,
      text.split("\n").filter((line) => !line.startsWith('{"coldtrace":"')).join("\n"),
    );
    assertEquals(skipped, 1);
  }
});

Deno.test("LineReader takes a line of exactly the limit, newline included", () => {
  const line = `{"coldtrace":"${"x".repeat(LIMIT - 17)}"}`;
  for (const size of [1, 10, 1000]) {
    assertEquals(read(`${line}\n`, size), { lines: [line], rest: "", skipped: 0 });
    const longer = line.replace("x", "xx");
    assertEquals(read(`${longer}\n${line}\n`, size), { lines: [line], rest: "", skipped: 1 });
  }
});

Deno.test("LineReader passes on at once what cannot become a line of the protocol", () => {
  const rest: string[] = [];
  const reader = new LineReader(LIMIT, {
    line: () => {},
    rest: (bytes) => rest.push(new TextDecoder().decode(bytes)),
    skipped: () => {},
  });
  reader.push(encoder.encode("50 %"));
  assertEquals(rest, ["50 %"]);
  reader.push(encoder.encode("\r60 %"));
  assertEquals(rest, ["50 %", "\r60 %"]);
  reader.push(encoder.encode('\n{"cold'));
  assertEquals(rest, ["50 %", "\r60 %", "\n"]);
  reader.end();
  assertEquals(rest.at(-1), '{"cold');
});

Deno.test("LineReader counts a line that its writer did not finish", () => {
  assertEquals(read('x\n{"coldtrace":"end","span', 7), { lines: [], rest: "x\n", skipped: 1 });
});

Deno.test("LineReader finds a line of the protocol after output without a newline", () => {
  const text = 'Loading... {"a":{"coldtrace":"x"} {{"coldtrace":"ready","n":1}\n' +
    '\x1b[1;1H\x1b[0J{"coldtrace":"core"}\n{"coldtrace":"hello",}\nrest {"coldtrace":"end"';
  for (const size of [1, 2, 3, 5, 7, 13, 14, 15, 64, 65, 10_000]) {
    assertEquals(read(text, size), {
      lines: ['{"coldtrace":"ready","n":1}', '{"coldtrace":"hello",}'],
      rest: 'Loading... {"a":{"coldtrace":"x"} {' +
        '\x1b[1;1H\x1b[0J{"coldtrace":"core"}\nrest {"coldtrace":"end"',
      skipped: 0,
    });
  }
});

Deno.test("LineReader counts a line that is too long after output without a newline", () => {
  const text = `50 %{"coldtrace":"core","${"x".repeat(LIMIT)}"}\nrest`;
  for (const size of [1, 10, 1000]) {
    assertEquals(read(text, size), { lines: [], rest: "50 %rest", skipped: 1 });
  }
});
