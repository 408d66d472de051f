import { assert, assertEquals } from "@std/assert";
import type { AddonContext, AddonSampler } from "../../../src/llama/core/addon.ts";
import { Scheduler } from "../../../src/llama/core/scheduler.ts";
import { Sequence } from "../../../src/llama/core/sequence.ts";
import { AnswerText } from "../../../src/llama/core/text.ts";
import type { GenerationEvent } from "../../../src/llama/protocol.ts";

const END = 0;

/** One part of a batch: whose, from which position, which tokens. */
type Part = [slot: number, position: number, tokens: number[]];

/** A context that notes its batches and samples a token's successor, and END after 9. */
class FakeContext implements AddonContext {
  readonly batches: Part[][] = [];
  readonly disposed: number[] = [];
  readonly #held = new Map<number, number>();
  #logits: number[] = [];
  fails = false;
  /** Called in the middle of each decode. */
  onDecode: () => void = () => {};

  init = () => Promise.resolve(true);

  initBatch(size: number): void {
    assert(size > 0 && size <= 8, `batch of ${size}`);
    this.batches.push([]);
    this.#logits = [];
  }

  addToBatch(slot: number, position: number, tokens: Uint32Array, logits: Uint32Array) {
    assertEquals(position, this.#held.get(slot) ?? 0, "positions have no gap");
    this.#held.set(slot, position + tokens.length);
    this.batches.at(-1)?.push([slot, position, [...tokens]]);
    return logits.map((index) => this.#logits.push(tokens[index] ?? -1) - 1);
  }

  async decodeBatch(): Promise<void> {
    await Promise.resolve();
    this.onDecode();
    if (this.fails) throw new Error("Eval has failed");
  }

  sampleToken(logit: number): Promise<number> {
    const token = this.#logits[logit] ?? -1;
    return Promise.resolve(token === 9 ? END : token + 1);
  }

  disposeSequence(slot: number): void {
    this.disposed.push(slot);
    this.#held.delete(slot);
  }
}

class FakeSampler implements AddonSampler {
  disposed = 0;
  applyConfig(): void {}
  dispose(): void {
    this.disposed++;
  }
}

/** A request for the fake context, and what came of it. */
function request(prompt: number[], maxTokens = 100) {
  const events: GenerationEvent[] = [];
  const sampler = new FakeSampler();
  const { promise, resolve } = Promise.withResolvers<void>();
  const sequence = new Sequence({
    prompt: Uint32Array.from(prompt),
    maxTokens,
    sampler,
    text: new AnswerText((tokens) => tokens.join(""), []),
    onEvent: (event) => {
      events.push(event);
      if (event.type === "done" || event.type === "error") resolve();
    },
  });
  const text = () => events.map((event) => event.type === "text" ? event.text : "").join("");
  return { sequence, sampler, events, text, over: promise };
}

function scheduler(context: FakeContext, parallel: number): Scheduler {
  return new Scheduler(context, {
    parallel,
    batchSize: 8,
    isEnd: (token) => token === END,
    explain: (error) => `explained: ${error.message}`,
  });
}

Deno.test("Scheduler.add() answers one request until its end token", async () => {
  const context = new FakeContext();
  const one = request([3, 5]);
  const subject = scheduler(context, 2);
  subject.add(one.sequence);
  await one.over;
  assertEquals(one.text(), "6789");
  assertEquals(one.events.at(-1), { type: "done", reason: "stop", tokens: 4 });
  assertEquals(context.batches[0], [[0, 0, [3, 5]]]);
  assertEquals(context.batches[1], [[0, 2, [6]]]);
  await subject.close();
  assertEquals(context.disposed, [0]);
  assertEquals(one.sampler.disposed, 1);
});

Deno.test("Scheduler.add() decodes requests together, and those past its slots after them", async () => {
  const context = new FakeContext();
  const all = [request([7]), request([5]), request([8])];
  const subject = scheduler(context, 2);
  for (const { sequence } of all) subject.add(sequence);
  await Promise.all(all.map(({ over }) => over));
  assertEquals(all.map(({ text }) => text()), ["89", "6789", "9"]);
  assertEquals(context.batches[0], [[0, 0, [7]], [1, 0, [5]]]);
  // The first is done after three steps; its slot goes to the third while the second goes on.
  assertEquals(context.batches[3], [[0, 0, [8]], [1, 3, [8]]]);
});

Deno.test("Scheduler.add() cuts a prompt to the batch while others go on answering", async () => {
  const context = new FakeContext();
  const short = request([1]);
  const long = request([1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 8]);
  const subject = scheduler(context, 2);
  subject.add(short.sequence);
  subject.add(long.sequence);
  await Promise.all([short.over, long.over]);
  assertEquals(context.batches[0], [[0, 0, [1]], [1, 0, [1, 1, 1, 1, 1, 1, 1]]]);
  assertEquals(context.batches[1], [[0, 1, [2]], [1, 7, [1, 1, 1, 1, 8]]]);
  assertEquals([short.text(), long.text()], ["23456789", "9"]);
});

Deno.test("Scheduler.add() ends an answer for its length", async () => {
  const one = request([1], 3);
  scheduler(new FakeContext(), 1).add(one.sequence);
  await one.over;
  assertEquals(one.text(), "234");
  assertEquals(one.events.at(-1), { type: "done", reason: "length", tokens: 3 });
});

Deno.test("Scheduler.add() gives a cancelled request's slot to the next", async () => {
  const context = new FakeContext();
  const [first, waiting, last] = [request([1]), request([1]), request([8])];
  context.onDecode = () => {
    if (context.batches.length !== 2) return;
    first.sequence.cancel();
    waiting.sequence.cancel();
  };
  const subject = scheduler(context, 1);
  for (const { sequence } of [first, waiting, last]) subject.add(sequence);
  await last.over;
  assertEquals(first.events, [{ type: "text", text: "2", tokens: 1 }]);
  assertEquals(waiting.events, []);
  assertEquals(last.text(), "9");
  await subject.close();
  assertEquals([first, waiting, last].map(({ sampler }) => sampler.disposed), [1, 1, 1]);
});

Deno.test("Scheduler.add() fails the requests of a batch that fails, and goes on", async () => {
  const context = new FakeContext();
  const [first, second] = [request([1]), request([8])];
  context.fails = true;
  const subject = scheduler(context, 1);
  subject.add(first.sequence);
  subject.add(second.sequence);
  await first.over;
  context.fails = false;
  await second.over;
  const message = "explained: Eval has failed";
  assertEquals(first.events, [{ type: "error", code: "decode_failed", message }]);
  assertEquals(second.text(), "9");
});

Deno.test("Scheduler.close() waits for the batch that is being decoded, and ends the rest", async () => {
  const context = new FakeContext();
  const [first, waiting, late] = [request([1]), request([1]), request([1])];
  const { promise: decoding, resolve } = Promise.withResolvers<void>();
  context.onDecode = resolve;
  const subject = scheduler(context, 1);
  subject.add(first.sequence);
  subject.add(waiting.sequence);
  await decoding;
  await subject.close();
  assertEquals(context.batches.length, 1);
  assertEquals(context.disposed, [0]);
  subject.add(late.sequence);
  assertEquals(context.batches.length, 1);
  assertEquals([first, waiting, late].map(({ sampler }) => sampler.disposed), [1, 1, 1]);
});
