// deno-lint-ignore-file no-console
/**
 * Two ways to make a span, in turn, in a process of their own: prints the nanoseconds of each.
 * The argument says which: `active`, `start` (both off, against the API's no-op) or `on` (against
 * the SDK with a batch processor, both children of an active span).
 *
 * The least of many blocks counts: what disturbs a block only makes it longer.
 */
import { trace, type Tracer as ApiTracer } from "@opentelemetry/api";
import { getTracer } from "../../mod.ts";
import type { Tracer } from "../../mod.ts";
import type { Pair } from "../_check.ts";

const ROUNDS = 60;

/** Runs some spans, and returns how many nanoseconds each of them took. */
type Block = () => number | Promise<number>;

// One function for each: if two shared one, each would pay for the other's types in it.
function ourActive(tracer: Tracer, count: number): number {
  const began = performance.now();
  for (let i = 0; i < count; i++) {
    tracer.startActiveSpan("load weights", (span) => {
      span.setAttribute("bytes", i);
      span.end();
    });
  }
  return (performance.now() - began) / count * 1e6;
}

function theirActive(tracer: ApiTracer, count: number): number {
  const began = performance.now();
  for (let i = 0; i < count; i++) {
    tracer.startActiveSpan("load weights", (span) => {
      span.setAttribute("bytes", i);
      span.end();
    });
  }
  return (performance.now() - began) / count * 1e6;
}

function ourStart(tracer: Tracer, count: number): number {
  const began = performance.now();
  for (let i = 0; i < count; i++) {
    const span = tracer.startSpan("load weights");
    span.setAttribute("bytes", i);
    span.end();
  }
  return (performance.now() - began) / count * 1e6;
}

function theirStart(tracer: ApiTracer, count: number): number {
  const began = performance.now();
  for (let i = 0; i < count; i++) {
    const span = tracer.startSpan("load weights");
    span.setAttribute("bytes", i);
    span.end();
  }
  return (performance.now() - began) / count * 1e6;
}

async function blocks(which: string): Promise<{ ours: Block; theirs: Block }> {
  const ours = getTracer("bench");
  if (which === "active" || which === "start") {
    const theirs = trace.getTracer("bench");
    const count = 20_000;
    return which === "active"
      ? { ours: () => ourActive(ours, count), theirs: () => theirActive(theirs, count) }
      : { ours: () => ourStart(ours, count), theirs: () => theirStart(theirs, count) };
  }
  const { Sdk } = await import("./_sdk.ts");
  const { emptyQueue, record } = await import("./_recording.ts");
  const sdk = new Sdk();
  record();
  const count = 1000;
  return {
    ours: () => {
      emptyQueue();
      return ours.startActiveSpan("start", () => ourActive(ours, count));
    },
    theirs: async () => {
      await sdk.flush();
      return sdk.tracer.startActiveSpan("start", () => theirActive(sdk.tracer, count));
    },
  };
}

const { ours, theirs } = await blocks(Deno.args[0] ?? "");
const least = { baseline: Infinity, subject: Infinity } satisfies Pair;
for (let i = 0; i < ROUNDS; i++) {
  least.subject = Math.min(least.subject, await ours());
  least.baseline = Math.min(least.baseline, await theirs());
}
console.log(JSON.stringify(least));
