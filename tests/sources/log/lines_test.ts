import { assertEquals } from "@std/assert";
import { LogLines } from "../../../src/sources/log/lines.ts";

function linesOf(...pieces: (string | number[])[]): [lines: string[], skipped: number] {
  const told: string[] = [];
  const lines = new LogLines({
    line: (text, isOverwritten) => told.push(isOverwritten ? `${text}<` : text),
    kept: () => told.push("kept"),
  });
  for (const piece of pieces) {
    lines.push(typeof piece === "string" ? new TextEncoder().encode(piece) : new Uint8Array(piece));
  }
  return [told, lines.skipped];
}

Deno.test("LogLines parts lines at newlines and carriage returns, and leaves out empty ones", () => {
  assertEquals(linesOf("a\nb\n\nc\rd\r\re\nf"), [["a", "b", "c<", "d<", "e"], 0]);
  assertEquals(linesOf("a\r\nb\r", "\nc\r", "\r\n"), [
    ["a<", "kept", "b<", "kept", "c<", "kept"],
    0,
  ]);
});

Deno.test("LogLines joins what is torn, inside of a character too", () => {
  assertEquals(linesOf("a", "b", "\n", [0xe6, 0xbc], [0xa2, 10]), [["ab", "漢"], 0]);
  assertEquals(linesOf([0xff, 0xc3, 10], "x\n"), [["\ufffd\ufffd", "x"], 0]);
});

Deno.test("LogLines leaves out lines of more than 65536 characters", () => {
  const limit = "x".repeat(65_536);
  assertEquals(linesOf(`${limit}\n${limit}y\nz\n`), [[limit, "z"], 1]);
  assertEquals(linesOf(limit, "y", "y".repeat(100_000), "\nz\n"), [["z"], 1]);
  assertEquals(linesOf(`${limit}y\r`, "z\n"), [["z"], 1]);
});
