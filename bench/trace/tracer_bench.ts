/**
 * One span: started, made active, given one attribute, ended. All but the SDK's need no permission.
 *
 * On, a span is done when it waits for export, in our queue as in the SDK's. What happens next
 * happens later, in batches, and in a thread of its own.
 *
 * @module
 */
import { trace } from "@opentelemetry/api";
import { getTracer } from "../../mod.ts";
import { collectSpans } from "../../src/trace/listeners.ts";
import { benchWith } from "../_permissions.ts";
import { emptyQueue, record, stopRecording } from "./_recording.ts";
import { QUEUE, Sdk } from "./_sdk.ts";

const ours = getTracer("bench");
const noop = trace.getTracer("bench");
let bytes = 0;

/** Runs `first` before a bench's first iteration: benches run one after the other. */
function once(first: () => void): () => void {
  let isDone = false;
  return () => {
    if (isDone) return;
    isDone = true;
    first();
  };
}

Deno.bench({ name: "bare", group: "span, off", baseline: true }, () => {
  bytes++;
});

Deno.bench({ name: "off: startActiveSpan", group: "span, off" }, () => {
  ours.startActiveSpan("load weights", (span) => {
    span.setAttribute("bytes", bytes++);
    span.end();
  });
});

Deno.bench({ name: "off: withSpan", group: "span, off" }, () => {
  ours.withSpan("load weights", (span) => {
    span.setAttribute("bytes", bytes++);
  });
});

Deno.bench({ name: "off: startSpan", group: "span, off" }, () => {
  const span = ours.startSpan("load weights");
  span.setAttribute("bytes", bytes++);
  span.end();
});

Deno.bench({ name: "API no-op: startActiveSpan", group: "span, off" }, () => {
  noop.startActiveSpan("load weights", (span) => {
    span.setAttribute("bytes", bytes++);
    span.end();
  });
});

Deno.bench({ name: "API no-op: startSpan", group: "span, off" }, () => {
  const span = noop.startSpan("load weights");
  span.setAttribute("bytes", bytes++);
  span.end();
});

let sdk: Sdk | undefined;
const startSdk = once(() => sdk = new Sdk());
let waiting = 0;

/** Makes room in a queue before it is full: then it would be sent. */
function makeRoom(empty: () => void): void {
  if (++waiting < QUEUE - 1) return;
  waiting = 0;
  empty();
}

benchWith(["env"], "the SDK's span", [{
  name: "SDK, BatchSpanProcessor",
  group: "span, on",
  baseline: true,
  fn() {
    startSdk();
    makeRoom(() => sdk?.flush());
    sdk?.tracer.startActiveSpan("load weights", (span) => {
      span.setAttribute("bytes", bytes++);
      span.end();
    });
  },
}]);

// Under the same context manager, which the SDK's bench has registered.
const startQueue = once(record);
Deno.bench({ name: "on: to be exported", group: "span, on" }, () => {
  startQueue();
  makeRoom(emptyQueue);
  ours.startActiveSpan("load weights", (span) => {
    span.setAttribute("bytes", bytes++);
    span.end();
  });
});

const startCollecting = once(() => {
  stopRecording();
  collectSpans(() => {});
});
Deno.bench({ name: "on: to be collected, as a record", group: "span, on" }, () => {
  startCollecting();
  ours.startActiveSpan("load weights", (span) => {
    span.setAttribute("bytes", bytes++);
    span.end();
  });
});
