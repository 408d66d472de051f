import { assertEquals } from "@std/assert";
import type { LogMessage } from "../../../src/sources/log/message.ts";
import { LogSpans } from "../../../src/sources/log/spans.ts";
import type { LogPattern } from "../../../src/sources/profiles/profile.ts";

const CORE: LogMessage = { text: "", process: "Core", pid: 7 };
const NOBODY: LogMessage = { text: "" };

function pattern(marks: LogPattern["marks"], more: Partial<LogPattern> = {}): LogPattern {
  return { id: "load", pattern: /^/, example: "", seen: "1.0", marks, ...more };
}

/** Lines of a log: what each marks, whose it is, when it came, and what it states to have taken. */
type Line = [LogPattern, LogMessage, number, number?];

function told(lines: Line[], isReady = true) {
  const spans = new LogSpans();
  for (const [pattern, message, time, took] of lines) {
    spans.take(pattern, message, BigInt(time), took === undefined ? undefined : BigInt(took));
  }
  return spans.told(isReady);
}

function spansOf(...lines: Line[]): unknown[] {
  return told(lines).spans.map(({ name, pid, start, end }) => [name, pid, start, end]);
}

const BEGIN = pattern("begin");
const END = pattern("end");

Deno.test("LogSpans ends the span of a name that began last", () => {
  assertEquals(
    spansOf([BEGIN, CORE, 10], [BEGIN, CORE, 20], [END, CORE, 30], [END, CORE, 40]),
    [["load", 7, 10n, 40n], ["load", 7, 20n, 30n]],
  );
});

Deno.test("LogSpans ends no span of another process, and anybody's where it is not said whose", () => {
  const other: LogMessage = { text: "", process: "Core", pid: 8 };
  const begun = told([[BEGIN, CORE, 10], [END, other, 20]], false).spans;
  assertEquals(begun.map(({ end }) => end), [undefined]);
  assertEquals(spansOf([BEGIN, CORE, 10], [END, NOBODY, 20]), [["load", 7, 10n, 20n]]);
});

Deno.test("LogSpans knows a process that tells no id by its name", () => {
  const named: LogMessage = { text: "", process: "Core" };
  const { spans } = told([[BEGIN, named, 10], [END, named, 20]]);
  assertEquals(spans, [{
    source: "log",
    name: "load",
    kind: "work",
    start: 10n,
    end: 20n,
    attributes: { "coldtrace.log.process": "Core" },
  }]);
});

Deno.test("LogSpans makes a whole span of an end alone that states what it took", () => {
  assertEquals(spansOf([END, CORE, 30, 5]), [["load", 7, 25n, 30n]]);
  assertEquals(spansOf([END, CORE, 30]), []);
  assertEquals(spansOf([pattern("span"), CORE, 30, 5]), [["load", 7, 25n, 30n]]);
  assertEquals(spansOf([pattern("span"), CORE, 30]), []);
});

Deno.test("LogSpans ends what is over by now by what a later line says", () => {
  const next = pattern("begin", { id: "compile", closes: ["load", "nothing"] });
  const last = pattern("fact", { id: "done", closes: ["compile"] });
  assertEquals(
    spansOf([BEGIN, CORE, 10], [next, CORE, 20], [last, CORE, 30]),
    [["load", 7, 10n, 20n], ["compile", 7, 20n, 30n]],
  );
});

Deno.test("LogSpans calls a span by its own name, and has its phase and kind", () => {
  const wait = { span: "Wait", phase: "engine", kind: "wait" } as const;
  const { spans } = told([[pattern("span", wait), NOBODY, 30, 5]]);
  assertEquals(spans, [
    { source: "log", name: "Wait", phase: "engine", kind: "wait", start: 25n, end: 30n },
  ]);
});

Deno.test("LogSpans tells points in time, in their order", () => {
  const point = pattern("point", { id: "listening" });
  assertEquals(told([[point, NOBODY, 30], [point, CORE, 20]]), {
    spans: [],
    events: [
      {
        timeUnixNano: 20n,
        name: "listening",
        attributes: { "coldtrace.source": "log", "process.pid": 7 },
      },
      { timeUnixNano: 30n, name: "listening", attributes: { "coldtrace.source": "log" } },
    ],
  });
});

Deno.test("LogSpans leaves nothing open in a start that got ready, but what may last until then", () => {
  const serve = pattern("begin", { id: "serve", untilReady: true });
  const lines: Line[] = [[BEGIN, CORE, 10], [serve, CORE, 20]];
  const ready = told(lines);
  assertEquals(ready.spans.map(({ name, end }) => [name, end]), [["serve", undefined]]);
  assertEquals(ready.events.map(({ name }) => name), ["load begins"]);
  const died = told(lines, false);
  assertEquals(died.spans.map(({ name }) => name), ["load", "serve"]);
  assertEquals(died.events, []);
});
