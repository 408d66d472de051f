import { assertEquals } from "@std/assert";
import { AnswerReader } from "../../../src/sources/http/answer.ts";

const MOST = 1000;

/** What is made of an answer that comes in pieces of `size` bytes and then ends. */
function read(text: string, size: number, most = MOST) {
  const reader = new AnswerReader(most);
  const bytes = new TextEncoder().encode(text);
  let taken = 0;
  for (; taken < bytes.length && !reader.isOver; taken += size) {
    reader.push(bytes.subarray(taken, taken + size));
  }
  const wasOver = reader.isOver;
  reader.end();
  const { status, isWhole } = reader;
  return { status, isWhole, wasOver, body: reader.body() };
}

const SIZES = [1, 2, 3, 7, 1000];

Deno.test("AnswerReader reads a body of a given length, and nothing behind it", () => {
  const text = "HTTP/1.1 200 OK\r\nContent-Length: 8\r\nX: y\r\n\r\nfür dichHTTP/1.1 500";
  for (const size of SIZES) {
    const { body, ...rest } = read(text, size);
    assertEquals(body.slice(0, 7), "für dic");
    assertEquals(rest, { status: 200, isWhole: true, wasOver: true });
  }
});

Deno.test("AnswerReader puts chunks together", () => {
  const text = "HTTP/1.1 201 Created\r\ntransfer-encoding: chunked\r\n\r\n" +
    "5;name=x\r\nhello\r\nA\r\n, world 1!\r\n0\r\n\r\n";
  for (const size of SIZES) {
    const answer = read(text, size);
    assertEquals(answer, { status: 201, isWhole: true, wasOver: true, body: "hello, world 1!" });
  }
});

Deno.test("AnswerReader takes the connection's end for the body's when it has no length", () => {
  for (const size of SIZES) {
    const answer = read("HTTP/1.0 503 Service Unavailable\r\n\r\nloading", size);
    assertEquals(answer, { status: 503, isWhole: true, wasOver: false, body: "loading" });
  }
});

Deno.test("AnswerReader tells when an answer breaks off", () => {
  const heads = ["", "content-length: 10\r\n", "transfer-encoding: chunked\r\n"];
  for (const size of SIZES) {
    for (const head of heads.slice(1)) {
      const { status, isWhole } = read(`HTTP/1.1 200 OK\r\n${head}\r\n5\r\nab`, size);
      assertEquals([status, isWhole], [200, false]);
    }
    assertEquals(read("HTTP/1.1 200 O", size).status, undefined);
    assertEquals(read("", size).isWhole, false);
  }
});

Deno.test("AnswerReader stops at once when what comes is no HTTP", () => {
  for (const text of ["SSH-2.0-OpenSSH_9.2\r\n", "\x15\x03\x01\0\x02\x02\x16", "HTTX"]) {
    assertEquals(read(text, 1), { status: undefined, isWhole: false, wasOver: true, body: "" });
  }
});

Deno.test("AnswerReader stops at the most that it may read", () => {
  const text = `HTTP/1.1 200 OK\r\n\r\n${"x".repeat(5000)}`;
  for (const size of SIZES) {
    const { isWhole, wasOver, body } = read(text, size);
    assertEquals([isWhole, wasOver, body.length], [false, true, MOST - 19]);
  }
});
