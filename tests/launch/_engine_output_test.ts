import { assert, assertEquals } from "@std/assert";
import { Outlet, TailBuffer, TextLines } from "../../src/launch/_engine_output.ts";

const encoder = new TextEncoder();

Deno.test("TailBuffer keeps the last whole lines", () => {
  for (const size of [1, 3, 10, 1000]) {
    const tail = new TailBuffer(16);
    assertEquals(tail.toString(), "");
    const bytes = encoder.encode("first\nsecond\nthird\nfourth\n");
    for (let at = 0; at < bytes.length; at += size) tail.write(bytes.subarray(at, at + size));
    assertEquals(tail.toString(), "third\nfourth");
  }
});

Deno.test("TailBuffer keeps the end of a line that is too long, and all of what is not", () => {
  const tail = new TailBuffer(8);
  tail.write(encoder.encode("abcdefghijkl"));
  assertEquals(tail.toString(), "efghijkl");
  const short = new TailBuffer(8);
  short.write(encoder.encode("\nab\n\n"));
  assertEquals(short.toString(), "\nab");
});

Deno.test("TextLines reads lines however they are cut, until it is stopped", () => {
  const text = "eins\r\nzwölf\n\nlast";
  for (const size of [1, 2, 3, 100]) {
    const seen: string[] = [];
    const lines = new TextLines((line) => seen.push(line));
    const bytes = encoder.encode(text);
    for (let at = 0; at < bytes.length; at += size) lines.push(bytes.subarray(at, at + size));
    lines.end();
    assertEquals(seen, ["eins", "zwölf", "", "last"]);
  }
  const seen: string[] = [];
  const lines = new TextLines((line) => {
    seen.push(line);
    lines.stop();
  });
  lines.push(encoder.encode("a\nb\n"));
  lines.push(encoder.encode("c\n"));
  lines.end();
  assertEquals(seen, ["a"]);
});

Deno.test("TextLines holds no more than a part of a line without an end", () => {
  const seen: number[] = [];
  const lines = new TextLines((line) => seen.push(line.length));
  for (let i = 0; i < 100; i++) lines.push(new Uint8Array(10_000).fill(120));
  lines.push(encoder.encode("\nx\n"));
  assertEquals(seen, [65_536, 1]);
});

Deno.test("Outlet makes a reader wait for nothing and its writer wait for the reader", async () => {
  const outlet = new Outlet();
  const reader = outlet.stream.getReader();
  assertEquals(outlet.write(encoder.encode("small")), undefined);
  const room = outlet.write(new Uint8Array(2_000_000));
  assert(room instanceof Promise);
  assertEquals((await reader.read()).value?.length, 5);
  assertEquals((await reader.read()).value?.length, 2_000_000);
  await room;
  outlet.close();
  assert((await reader.read()).done);
});

Deno.test("Outlet lets its writer go when the reader leaves, or nobody came", async () => {
  const left = new Outlet();
  const reader = left.stream.getReader();
  const room = left.write(new Uint8Array(2_000_000));
  await reader.cancel();
  await room;
  assertEquals(left.write(new Uint8Array(2_000_000)), undefined);
  left.close();

  const alone = new Outlet();
  for (let i = 0; i < 10; i++) assertEquals(alone.write(new Uint8Array(500_000)), undefined);
  alone.close();
  const kept = await Array.fromAsync(alone.stream);
  assertEquals(kept.length, 3);
});

Deno.test("Outlet lets its writer go when it is drained, and loses nothing", async () => {
  const outlet = new Outlet();
  const reader = outlet.stream.getReader();
  const room = outlet.write(new Uint8Array(2_000_000));
  outlet.drain();
  await room;
  assertEquals(outlet.write(encoder.encode("last")), undefined);
  outlet.close();
  assertEquals((await reader.read()).value?.length, 2_000_000);
  assertEquals((await reader.read()).value?.length, 4);
});
