import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { decodeTraces } from "../../src/otlp/json.ts";
import { readRun } from "../../src/runs/reader.ts";
import { openRunFile, type RunFile, RunWriter } from "../../src/runs/writer.ts";
import { outputOf, runLimitedMain, runMain } from "./_child.ts";
import { rootRecord } from "./_root.ts";
import { spanRecord } from "./_span.ts";

/** A file in memory that takes `portion` bytes a call, and `capacity` in all. */
class MemoryFile implements RunFile {
  text = "";
  closed = 0;
  portion = Infinity;
  capacity = Infinity;

  writeSync(bytes: Uint8Array): number {
    const size = Math.min(bytes.length, this.portion, this.capacity - this.text.length);
    if (size === 0) throw new Error("No space left on device (os error 28)");
    this.text += new TextDecoder().decode(bytes.subarray(0, size));
    return size;
  }

  truncateSync(length: number): void {
    this.text = this.text.slice(0, length);
  }

  close(): void {
    this.closed++;
  }
}

function memoryRun(): { file: MemoryFile; run: RunWriter; warnings: string[] } {
  const file = new MemoryFile();
  const warnings: string[] = [];
  const run = new RunWriter("id", {
    path: "memory",
    file,
    onWarning: (line) => warnings.push(line),
  });
  return { file, run, warnings };
}

Deno.test("RunWriter.write() writes one whole line when the system takes it in portions", () => {
  const { file, run } = memoryRun();
  run.write([spanRecord(0), spanRecord(1)]);
  const whole = file.text;
  assertEquals(whole.indexOf("\n"), whole.length - 1);

  const other = memoryRun();
  other.file.portion = 7;
  other.run.write([spanRecord(0), spanRecord(1)]);
  assertEquals(other.file.text, whole);
});

Deno.test("RunWriter.write() passes over spans when they are open or written already", async () => {
  const path = await Deno.makeTempFile();
  try {
    using run = openRunFile(path, "id");
    const { endTimeUnixNano: _, ...open } = spanRecord(1);
    run.write([spanRecord(0), open]);
    run.write([open]);
    run.write([]);
    run.write([spanRecord(0, { name: "again" }), spanRecord(1)]);
    assertEquals((await Deno.readTextFile(path)).match(/\n/g)?.length, 2);
    assertEquals((await readRun(path)).records, [spanRecord(0), spanRecord(1)]);
  } finally {
    await Deno.remove(path);
  }
});

Deno.test("RunWriter.write() warns once and leaves whole lines when the disk is full", () => {
  const { file, run, warnings } = memoryRun();
  run.write([spanRecord(0)]);
  const whole = file.text;
  file.capacity = whole.length + 20;
  run.write([spanRecord(1)]);
  file.capacity = Infinity;
  run.write([spanRecord(2)]);
  assertEquals(file.text, whole);
  assertEquals(file.closed, 1);
  assertEquals(run.path, "memory");
  assertEquals(warnings, [
    "Cannot store the spans of run 'id' as 'memory' cannot be written: " +
    "No space left on device (os error 28)",
  ]);
});

Deno.test("RunWriter.path is undefined when nothing could be written", () => {
  const { file, run, warnings } = memoryRun();
  file.capacity = 0;
  run.write([spanRecord(0)]);
  assertEquals(run.path, undefined);
  assertEquals(warnings.length, 1);
});

Deno.test("RunWriter.close() closes once when called and disposed", () => {
  const { file, run, warnings } = memoryRun();
  {
    using disposed = run;
    disposed.close();
  }
  run.write([spanRecord(0)]);
  assertEquals({ closed: file.closed, text: file.text, warnings }, {
    closed: 1,
    text: "",
    warnings: [],
  });
});

Deno.test("openRunFile() replaces a file when there is one, and keeps a new one private", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const path = `${folder}/trace.jsonl`;
    await Deno.writeTextFile(path, "something much longer than nothing\n".repeat(99));
    for (const file of [path, `${folder}/new.jsonl`]) {
      using run = openRunFile(file, "id");
      run.write([spanRecord(0)]);
      assertEquals((await readRun(file)).records, [spanRecord(0)]);
    }
    if (Deno.build.os !== "windows") {
      assertEquals(((await Deno.stat(`${folder}/new.jsonl`)).mode ?? 0) & 0o777, 0o600);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("openRunFile() warns once when the file cannot be opened", async () => {
  const file = await Deno.makeTempFile();
  try {
    const warnings: string[] = [];
    using run = openRunFile(`${file}/trace.jsonl`, "id", { onWarning: (w) => warnings.push(w) });
    run.write([spanRecord(0)]);
    assertEquals(run.path, undefined);
    assertEquals(warnings.length, 1);
    assertStringIncludes(warnings[0] ?? "", `Cannot store run 'id' as '${file}/trace.jsonl'`);
  } finally {
    await Deno.remove(file);
  }
});

Deno.test({
  name: "openRunFile() warns once when the device is full",
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    const output = await outputOf(runMain(["write", "/dev/full", "5"], ["--allow-all"]));
    assertMatch(
      output,
      /^warning: .*'\/dev\/full' cannot be written: No space left.*\npath: undef/,
    );
  },
});

Deno.test({
  name: "openRunFile() leaves whole lines when the system stops within one",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    const path = await Deno.makeTempFile();
    try {
      const output = await outputOf(runLimitedMain(["write", path, "100"], 8));
      assertMatch(output, /^warning: .* cannot be written: File too large[^\n]*\npath: /);
      const { records, torn } = await readRun(path);
      assertEquals(torn, 0);
      assert(records.length > 5 && records.length < 100, `${records.length}`);
      assert((await Deno.readTextFile(path)).endsWith("\n"));
    } finally {
      await Deno.remove(path);
    }
  },
});

Deno.test("RunWriter.write() gives a root a line of its own, the last", () => {
  const path = Deno.makeTempFileSync();
  try {
    using writer = openRunFile(path, "id");
    writer.write([spanRecord(0), rootRecord(), spanRecord(1)]);
    writer.close();
    const lines = Deno.readTextFileSync(path).trimEnd().split("\n");
    assertEquals(lines.map((line) => decodeTraces(line)), [
      [spanRecord(0), spanRecord(1)],
      [rootRecord()],
    ]);
  } finally {
    Deno.removeSync(path);
  }
});
