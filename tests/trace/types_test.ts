/** Our types are the OpenTelemetry API's: these assignments are the test, both ways. */
import { assertStrictEquals } from "@std/assert";
import type * as api from "@opentelemetry/api";
import { SpanKind, SpanStatusCode } from "@opentelemetry/api";
import { getTracer } from "../../src/trace/tracer.ts";
import type * as ours from "../../src/trace/types.ts";

/** Fails to compile unless each type is assignable to the other. */
type Same<A extends B, B extends C, C = A> = [A, B, C];

/** One member for each pair. */
export type Both = [
  Same<ours.AttributeValue, api.AttributeValue>,
  Same<ours.Attributes, api.Attributes>,
  Same<ours.HrTime, api.HrTime>,
  Same<ours.TimeInput, api.TimeInput>,
  Same<ours.TraceState, api.TraceState>,
  Same<ours.SpanContext, api.SpanContext>,
  Same<ours.Context, api.Context>,
  Same<ours.Link, api.Link>,
  Same<ours.SpanKind, api.SpanKind>,
  Same<ours.SpanStatusCode, api.SpanStatusCode>,
  Same<ours.SpanStatus, api.SpanStatus>,
  Same<ours.Exception, api.Exception>,
  Same<ours.SpanOptions, api.SpanOptions>,
  Same<ours.Span, api.Span>,
];

/** Takes what code written against the API hands out. */
function takeOurs(span: ours.Span, context: ours.Context, options: ours.SpanOptions): ours.Tracer {
  const tracer = getTracer("types");
  tracer.startSpan("under theirs", options, context).end();
  span.isRecording();
  return tracer;
}

Deno.test("Tracer is taken by code that is written against the API", () => {
  const theirs = (tracer: api.Tracer, context: api.Context): api.Span => {
    tracer.startActiveSpan("a", (span: api.Span) => span.end());
    tracer.startActiveSpan("a", { kind: SpanKind.CLIENT }, (span: api.Span) => span.end());
    const answer: number = tracer.startActiveSpan("a", {}, context, (span: api.Span) => {
      span.setStatus({ code: SpanStatusCode.OK }).end();
      return 42;
    });
    assertStrictEquals(answer, 42);
    return tracer.startSpan("b", { kind: SpanKind.SERVER }, context);
  };
  const context: ours.Context = {
    getValue: () => undefined,
    setValue: () => context,
    deleteValue: () => context,
  };
  const tracer = getTracer("types");
  const span = theirs(tracer, context);
  assertStrictEquals(takeOurs(span, context, { kind: SpanKind.PRODUCER }) === tracer, false);
});
