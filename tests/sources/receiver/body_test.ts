import { assertEquals, assertLess, assertRejects } from "@std/assert";
import {
  Bodies,
  inflate,
  LIMITS,
  type ReceiverLimits,
  Refusal,
  slicesOf,
} from "../../../src/sources/receiver/body.ts";
import { bomb, gzip } from "../_receiver.ts";

const MiB = 2 ** 20;

function bodies(limits: Partial<ReceiverLimits> = {}): Bodies {
  return new Bodies({ ...LIMITS, ...limits });
}

async function assertRefused(promise: Promise<unknown>, status: number): Promise<void> {
  assertEquals((await assertRejects(() => promise, Refusal)).status, status);
}

/** Slices, and how many of them were asked for. */
function counted(slices: Iterable<BufferSource>) {
  const pulled = { count: 0 };
  function* all() {
    for (const slice of slices) {
      pulled.count++;
      yield slice;
    }
  }
  return { pulled, slices: all() };
}

Deno.test("inflate() gives back what was compressed", async () => {
  for (const size of [0, 1, 100_000, 4 * MiB]) {
    const body = new Uint8Array(size).map((_, i) => i * i >> 3);
    using room = bodies().room();
    assertEquals(await inflate(slicesOf(await gzip(body)), room), body);
  }
});

Deno.test("inflate() refuses a bomb of 10 GB with what it has inflated up to the limit", async () => {
  const { pulled, slices } = counted(slicesOf(bomb(10_000)));
  using room = bodies().room();
  await assertRefused(inflate(slices, room), 413);
  // Of 1 KiB each; five are 5 MiB inflated, and one more may wait.
  assertLess(pulled.count, 8);
});

Deno.test("inflate() refuses what is not gzip, not whole, damaged, or goes on after its end", async () => {
  const whole = await gzip(new Uint8Array(5_000).map((_, i) => i * i >> 3));
  const damaged = whole.slice();
  damaged[whole.length - 6] = ~(whole.at(-6) ?? 0);
  for (
    const broken of [
      new Uint8Array(0),
      new Uint8Array(10_000).fill(7),
      whole.slice(0, 4),
      whole.slice(0, -1),
      damaged,
      new Uint8Array([...whole, 1, 2, 3]),
    ]
  ) {
    using room = bodies().room();
    await assertRefused(inflate(slicesOf(broken), room), 400);
  }
});

/** A request whose body is these chunks. */
function request(chunks: readonly Uint8Array[], headers: Record<string, string> = {}): Request {
  return new Request("http://localhost/", {
    method: "POST",
    headers,
    body: ReadableStream.from(chunks) as ReadableStream<Uint8Array<ArrayBuffer>>,
  });
}

Deno.test("Bodies.receive() gives the body when it comes in any chunks", async () => {
  const all = bodies();
  for (const size of [1, 7, 5_000]) {
    const chunks = Array.from({ length: 20 }, (_, i) => new Uint8Array(size).fill(i));
    using room = all.room();
    const body = await all.receive(request(chunks), room);
    assertEquals(body, new Uint8Array(20 * size).map((_, i) => i / size | 0));
  }
  using room = all.room();
  assertEquals(await all.receive(new Request("http://localhost/"), room), new Uint8Array(0));
});

Deno.test("Bodies.receive() refuses a body that is larger than the limit, or says so", async () => {
  const all = bodies({ body: 10 });
  using room = all.room();
  const exact = new Uint8Array(10);
  assertEquals(await all.receive(request([exact]), room), exact);
  await assertRefused(all.receive(request([exact, new Uint8Array(1)]), room), 413);
  await assertRefused(all.receive(request([], { "content-length": "11" }), room), 413);
});

Deno.test("Bodies.receive() reads no further when a body is too large", async () => {
  let pulled = 0;
  const endless = new ReadableStream({
    pull(controller) {
      pulled++;
      controller.enqueue(new Uint8Array(64 * 1_024));
    },
  });
  const all = bodies();
  using room = all.room();
  const body = new Request("http://localhost/", { method: "POST", body: endless });
  await assertRefused(all.receive(body, room), 413);
  assertLess(pulled, 70); // 64 are 4 MiB
});

Deno.test("Bodies.receive() refuses a body that does not come in time", async () => {
  const all = bodies({ deadline: 1 });
  using room = all.room();
  const slow = new Request("http://localhost/", { method: "POST", body: new ReadableStream() });
  await assertRefused(all.receive(slow, room), 408);
});

Deno.test("Bodies.receive() refuses a body that breaks off", async () => {
  const all = bodies();
  using room = all.room();
  const broken = new ReadableStream({ start: (controller) => controller.error(new Error()) });
  const body = new Request("http://localhost/", { method: "POST", body: broken });
  await assertRefused(all.receive(body, room), 400);
});

Deno.test("Bodies.receive() refuses for now what has no room, until there is room again", async () => {
  const all = bodies({ inHand: 15 });
  const ten = () => request([new Uint8Array(10)]);
  using other = all.room();
  {
    using room = all.room();
    await all.receive(ten(), room);
    await assertRefused(all.receive(ten(), other), 503);
  }
  assertEquals((await all.receive(ten(), other)).length, 10);
});
