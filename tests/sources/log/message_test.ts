import { assertEquals } from "@std/assert";
import { messageOf } from "../../../src/sources/log/message.ts";
import type { LogProfile } from "../../../src/sources/profiles/profile.ts";

const PROFILE: LogProfile = {
  engine: "an engine",
  prefix: /^\((?<process>\w+) pid=(?<pid>\d+)\) /,
  json: { message: "text", process: "name", pid: "id" },
  patterns: [],
};

Deno.test("messageOf() finds who says something, and what", () => {
  assertEquals(messageOf("(Core pid=7) Loading (x)", PROFILE), {
    text: "Loading (x)",
    process: "Core",
    pid: 7,
  });
  assertEquals(messageOf("Loading", PROFILE), { text: "Loading" });
  assertEquals(messageOf("(Core pid=7) ", { engine: "e", patterns: [] }), {
    text: "(Core pid=7) ",
  });
});

Deno.test("messageOf() reads lines that are JSON objects", () => {
  const line = (object: unknown) => messageOf(JSON.stringify(object), PROFILE);
  assertEquals(line({ text: "Loading", name: "Core", id: 7 }), {
    text: "Loading",
    process: "Core",
    pid: 7,
  });
  assertEquals(line({ text: "Loading", name: 1, id: "8" }), {
    text: "Loading",
    process: undefined,
    pid: 8,
  });
});

Deno.test("messageOf() takes a line of another program that begins like JSON as a whole", () => {
  for (const line of ['{"text": 1}', '{"other": "text"}', '{"text": "torn', '{"'] as const) {
    assertEquals(messageOf(line, PROFILE), { text: line });
  }
  // Nor where the engine writes none.
  const { json: _, ...plain } = PROFILE;
  assertEquals(messageOf('{"text": "x"}', plain), { text: '{"text": "x"}' });
});

Deno.test("messageOf() believes no process id that is none", () => {
  for (const pid of ["0", "99999999999", "2147483648"]) {
    assertEquals(messageOf(`(Core pid=${pid}) x`, PROFILE).pid, undefined, pid);
  }
  for (const id of [-1, 1.5, "x", null, {}, []]) {
    assertEquals(messageOf(JSON.stringify({ text: "x", id }), PROFILE).pid, undefined);
  }
});
