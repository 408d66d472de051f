import { assert, assertEquals, assertFalse } from "@std/assert";
import { Inbox } from "../../src/launch/channel.ts";

Deno.test("Inbox.deliver() takes objects alone, and 1,024 of them before there is a handler", () => {
  const inbox = new Inbox();
  for (const value of [5, "text", null, undefined, true, [{}]]) assertFalse(inbox.deliver(value));
  for (let i = 0; i < 1024; i++) assert(inbox.deliver({ i }));
  assertFalse(inbox.deliver({ i: 1024 }));
  const received: unknown[] = [];
  inbox.onMessage((message) => received.push(message.i));
  assertEquals(received.length, 1024);
  assert(inbox.deliver({ i: "next" }));
  assertEquals(received.at(-1), "next");
});

Deno.test("Inbox goes on when a handler throws", () => {
  const inbox = new Inbox();
  const received: unknown[] = [];
  inbox.deliver({ i: 0 });
  inbox.deliver({ i: 1 });
  inbox.onMessage(({ i }) => {
    received.push(i);
    throw new Error("no");
  });
  assertFalse(inbox.deliver({ i: 2 }));
  assertEquals(received, [0, 1, 2]);
});
