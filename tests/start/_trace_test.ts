import { assertEquals } from "@std/assert";
import { StartTrace } from "../../src/start/_trace.ts";
import { rootContext } from "../../src/trace/context.ts";
import { endedAt, newRecord } from "../../src/trace/new_record.ts";
import type { SpanRecord } from "../../src/trace/record.ts";
import { MemoryRun } from "./_memory_run.ts";

function span(name: string): SpanRecord {
  const record = newRecord(name, rootContext, { scope: { name: "test" } });
  return endedAt(record, record.startTimeUnixNano + 1n);
}

Deno.test("StartTrace writes what came before it had a file, and then each turn's spans at once", async () => {
  const run = new MemoryRun();
  const trace = new StartTrace();
  trace.take(span("early"));
  // Nowhere to be written yet.
  await Promise.resolve();
  assertEquals(run.names, []);
  assertEquals(trace.open(() => ({ id: "run-1", writers: [run.writer] })), "run-1");
  assertEquals(run.names, [["early"]]);
  trace.take(span("a"));
  trace.take(span("b"));
  assertEquals(run.names.length, 1);
  await Promise.resolve();
  assertEquals(run.names, [["early"], ["a", "b"]]);
});

Deno.test("StartTrace ends with the root: all files have it, and nothing is open any more", () => {
  const folder = Deno.makeTempDirSync({ prefix: "coldtrace-trace-" });
  try {
    const runs = [new MemoryRun(), new MemoryRun()];
    const openLog = `${folder}/run.open`;
    const trace = new StartTrace();
    trace.log.started(span("root"));
    trace.open(() => ({ writers: runs.map(({ writer }) => writer), openLog }));
    assertEquals([...Deno.readDirSync(folder)].map(({ name }) => name), ["run.open"]);
    const seen: string[] = [];
    trace.take(span("a"), ({ name }) => seen.push(name));
    const all = trace.end(span("root"));
    assertEquals(all.map(({ name }) => name), ["a", "root"]);
    assertEquals(seen, ["a"]);
    for (const { names, isClosed } of runs) {
      assertEquals([names, isClosed], [[["a", "root"]], true]);
    }
    assertEquals([...Deno.readDirSync(folder)], []);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});

Deno.test("StartTrace keeps its spans where nothing stores them", () => {
  const trace = new StartTrace();
  assertEquals(trace.open(undefined), undefined);
  trace.take(span("a"));
  assertEquals(trace.end(span("root")).map(({ name }) => name), ["a", "root"]);
});
