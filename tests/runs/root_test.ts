import { assertEquals } from "@std/assert";
import { encodeTraces } from "../../src/otlp/json.ts";
import { isRoot, readRoot, readTags, rootAmong, tagsOf } from "../../src/runs/root.ts";
import type { SpanRecord } from "../../src/trace/record.ts";
import { rootRecord } from "./_root.ts";
import { spanRecord } from "./_span.ts";

async function withFile(
  lines: readonly (readonly SpanRecord[])[],
  use: (path: string) => void | Promise<void>,
): Promise<void> {
  const path = await Deno.makeTempFile({ suffix: ".otlp.jsonl" });
  try {
    await Deno.writeTextFile(path, lines.map((line) => `${encodeTraces(line)}\n`).join(""));
    await use(path);
  } finally {
    await Deno.remove(path);
  }
}

const others = Array.from({ length: 400 }, (_, i) => spanRecord(i));

Deno.test("readRoot() finds the root on the last line, on another one, and among others", async () => {
  const root = rootRecord();
  for (const lines of [[others, [root]], [[root], others], [[...others, root, spanRecord(500)]]]) {
    await withFile(lines, async (path) => assertEquals(await readRoot(path), root));
  }
});

Deno.test("readRoot() finds a root that is larger than what is read at first", async () => {
  const root = rootRecord();
  root.events = Array.from({ length: 2000 }, (_, i) => ({
    timeUnixNano: root.startTimeUnixNano + BigInt(i),
    name: "log",
    attributes: { "log.body": `é "coldtrace.engine" ${"x".repeat(200)}` },
  }));
  await withFile([others, [root]], async (path) => assertEquals(await readRoot(path), root));
});

Deno.test("readRoot() finds none in a start that was broken off, whatever its log says", async () => {
  const talker = spanRecord(0, { attributes: { text: '"coldtrace.engine"' } });
  await withFile([others, [talker]], async (path) => assertEquals(await readRoot(path), undefined));
  await withFile([], async (path) => assertEquals(await readRoot(path), undefined));
  assertEquals(await readRoot("/no/such/file"), undefined);
});

Deno.test("readRoot() passes over a line that is cut off", async () => {
  const root = rootRecord();
  await withFile([[root], others], async (path) => {
    await Deno.writeTextFile(path, '{"resourceSpans":[{"reso', { append: true });
    assertEquals(await readRoot(path), root);
  });
});

Deno.test("rootAmong() takes the outer one of a start within a start", () => {
  const inner = { ...rootRecord(), startTimeUnixNano: 1795429708052246999n };
  const outer = { ...rootRecord(), startTimeUnixNano: 1795429708052246000n };
  assertEquals(rootAmong([inner, spanRecord(1), outer]), outer);
  assertEquals(rootAmong(others), undefined);
  assertEquals([isRoot(outer), isRoot(spanRecord(0))], [true, false]);
});

Deno.test("readTags() and tagsOf() tell label and series, whatever is in them", async () => {
  for (const label of ["eager", 'say "é\\"', "\u0001", '{"key":"coldtrace.label","value":{']) {
    const root = rootRecord({ "coldtrace.label": label, "coldtrace.series": "s1" });
    root.events = [{
      timeUnixNano: 1n,
      name: "log",
      attributes: { "log.body": '{"key":"coldtrace.label","value":{"stringValue":"other"}}' },
    }];
    await withFile([others, [root]], (path) => {
      assertEquals(readTags(path), { label, series: "s1" });
      assertEquals(tagsOf(root), { label, series: "s1" });
    });
  }
});

Deno.test("readTags() and tagsOf() know no tag that is empty, or not there", async () => {
  for (const root of [rootRecord(), rootRecord({ "coldtrace.label": "" })]) {
    const none = { label: undefined, series: undefined };
    assertEquals(tagsOf(root), none);
    await withFile([[root]], (path) => assertEquals(readTags(path), none));
  }
  await withFile([others], (path) => assertEquals(readTags(path), undefined));
  assertEquals(readTags("/no/such/file"), undefined);
});
