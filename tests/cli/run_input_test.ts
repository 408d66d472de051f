import { assertEquals, assertRejects } from "@std/assert";
import { UsageError } from "../../src/cli/args.ts";
import { readRunInput, readRunInputs, type RunInput } from "../../src/cli/run_input.ts";
import { encodeTraces } from "../../src/otlp/json.ts";
import { startRecords, TestStore } from "./_run_store.ts";

const eager = { "coldtrace.label": "eager" };

function idsOf(inputs: readonly RunInput[]): (string | undefined)[] {
  return inputs.map(({ id }) => id);
}

Deno.test("readRunInput() reads the latest run of a label", async () => {
  using runs = new TestStore();
  const [, second] = [runs.add(eager), runs.add(eager), runs.add()];
  const { id, path, records, isOpen } = await readRunInput("eager", runs.dir);
  assertEquals([id, path, records.length, isOpen], [second?.id, second?.path, 2, false]);
});

Deno.test("readRunInputs() reads the latest run, one, all of a label, and several names", async () => {
  using runs = new TestStore();
  const label = { "coldtrace.label": "a,b" };
  const all = [runs.add(eager), runs.add(eager), runs.add(label), runs.add()];
  const [one, two, three, four] = all.map(({ id }) => id);
  const read = async (ref?: string) => idsOf(await readRunInputs(ref, runs.dir));
  assertEquals(await read(), [four]);
  assertEquals(await read(one), [one]);
  assertEquals(await read("eager"), [one, two]);
  assertEquals(await read("a,b"), [three]);
  assertEquals(await read(`${four},eager`), [four, one, two]);
  // Nothing is read twice.
  assertEquals(await read(`${two},eager,${all[3]?.path}`), [two, one, four]);
});

Deno.test("readRunInputs() makes as many runs of a file as it has starts", async () => {
  using runs = new TestStore();
  const path = `${runs.dir}/all.jsonl`;
  const records = [...startRecords(2, eager), ...startRecords(1)];
  await Deno.writeTextFile(path, `${encodeTraces(records)}\n`);
  const inputs = await readRunInputs(path, runs.dir);
  assertEquals(inputs.map(({ records }) => records), [startRecords(1), startRecords(2, eager)]);
  assertEquals(inputs.map(({ path, isOpen }) => [path, isOpen]), [[path, false], [path, false]]);
});

Deno.test("readRunInputs() refuses names of which one is of nothing", async () => {
  using runs = new TestStore();
  runs.add(eager);
  for (const ref of ["eager,nope", "eager,", "nope", "nope.jsonl", ","]) {
    await assertRejects(() => readRunInputs(ref, runs.dir), UsageError, "Cannot read run '");
  }
});

Deno.test("readRunInput() reads any start of a file that has several", async () => {
  using runs = new TestStore();
  const path = `${runs.dir}/all#1.jsonl`;
  const starts = [1, 2, 3].map((number) => startRecords(number));
  await Deno.writeTextFile(path, `${encodeTraces(starts.flat().reverse())}\n`);
  for (const [i, start] of starts.entries()) {
    const { records, id } = await readRunInput(`${path}#${i + 1}`, runs.dir);
    assertEquals([records.toReversed(), id], [start, undefined]);
  }
  const many = await readRunInputs(`${path}#3,${path}#1`, runs.dir);
  assertEquals(many.map(({ records }) => records.toReversed()), [starts[2], starts[0]]);
  for (const [number, shown] of [["4", "4"], ["0", "0"], ["x", "x"], ["", "''"]]) {
    const reason = `Cannot read run '${path}#${number}' as the number of a start must be 1 to 3: ` +
      `current value is ${shown}`;
    for (const read of [readRunInput, readRunInputs]) {
      await assertRejects(() => read(`${path}#${number}`, runs.dir), UsageError, reason);
    }
  }
  for (const ref of [`${runs.dir}/none#1`, "eager#1"]) {
    await assertRejects(() => readRunInput(ref, runs.dir), UsageError, "Cannot read run '");
  }
});

Deno.test("readRunInput() takes the only start of a file by its number, too", async () => {
  using runs = new TestStore();
  const { id, path } = runs.add();
  assertEquals(await readRunInput(`${path}#1`, runs.dir), await readRunInput(id, runs.dir));
  const reason = "as the number of a start must be 1: current value is 2";
  await assertRejects(() => readRunInput(`${path}#2`, runs.dir), UsageError, reason);
});
