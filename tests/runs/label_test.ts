import { assert, assertEquals, assertThrows } from "@std/assert";
import { labelRun } from "../../src/runs/label.ts";
import { readRun } from "../../src/runs/reader.ts";
import { openRunStore, RunError, type RunStore } from "../../src/runs/store.ts";
import type { SpanRecord } from "../../src/trace/record.ts";
import { rootRecord } from "./_root.ts";
import { spanRecord } from "./_span.ts";

async function withRun(
  records: readonly SpanRecord[],
  use: (store: RunStore, run: { id: string; path: string }) => void | Promise<void>,
): Promise<void> {
  const dir = await Deno.makeTempDir();
  try {
    const store = openRunStore({ dir });
    const writer = store.createRun();
    writer.write(records);
    writer.close();
    await use(store, { id: writer.id, path: writer.path ?? "" });
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

Deno.test("labelRun() sets, replaces and removes a label, and touches nothing else", async () => {
  const records = [spanRecord(0), rootRecord(), spanRecord(1)];
  await withRun(records, async (store, run) => {
    const before = await Deno.readTextFile(run.path);
    labelRun(run, "one, two");
    assertEquals(store.labelled("one, two"), [run]);
    labelRun(run, "é");
    const [first, second] = (await readRun(run.path)).records.slice(0, 2);
    assertEquals([first, second], [spanRecord(0), spanRecord(1)]);
    assertEquals(store.labelled("é"), [run]);
    if (Deno.build.os !== "windows") {
      assertEquals((Deno.statSync(run.path).mode ?? 0) & 0o777, 0o600);
    }
    labelRun(run, "");
    assertEquals(await Deno.readTextFile(run.path), before);
    assertEquals([...Deno.readDirSync(store.directory ?? "")].length, 1);
  });
});

Deno.test("labelRun() leaves a line that is cut off as it is", async () => {
  await withRun([rootRecord()], async (_, run) => {
    await Deno.writeTextFile(run.path, '{"resourceSpans":[', { append: true });
    labelRun(run, "x");
    assert((await Deno.readTextFile(run.path)).endsWith('\n{"resourceSpans":['));
  });
});

Deno.test("labelRun() refuses what has no root, and what is being written", async () => {
  await withRun([spanRecord(0)], (store, run) => {
    assertThrows(() => labelRun(run, "x"), RunError, "was broken off");
    if (Deno.build.os === "windows") return;
    using writer = store.createRun();
    writer.write([rootRecord()]);
    const open = { id: writer.id, path: writer.path ?? "" };
    assertThrows(() => labelRun(open, "x"), RunError, `run '${writer.id}' as its start is under`);
  });
});

Deno.test("labelRun() tells why where the folder cannot be written, and leaves the run", async () => {
  await withRun([rootRecord()], async (_, run) => {
    await Deno.mkdir(`${run.path}.tmp`);
    assertThrows(() => labelRun(run, "x"), RunError, "cannot be rewritten");
    assertEquals((await readRun(run.path)).records, [rootRecord()]);
  });
});
