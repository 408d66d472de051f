import { assert, assertEquals, assertThrows } from "@std/assert";
import { type ProbePlan, writeCode } from "../../../src/sources/probe/files.ts";
import { ProbeError } from "../../../src/sources/probe/folder.ts";
import { PrivateFolder } from "../../_private_folder.ts";

const PLAN: ProbePlan = {
  mode: "functions",
  functions: [{ where: "m:f", name: "load", phase: "weights", kind: "work", seen: "1.0" }],
};

function listIn(code: string): string {
  return Deno.readTextFileSync(`${code}/functions.txt`);
}

Deno.test("writeCode() keeps one folder of code for each plan, which it leaves as it is", () => {
  using folder = new PrivateFolder();
  const code = writeCode(folder.path, PLAN);
  const { mtime } = Deno.statSync(`${code}/sitecustomize.py`);
  assertEquals(writeCode(folder.path, PLAN), code);
  assertEquals(Deno.statSync(`${code}/sitecustomize.py`).mtime, mtime);
  assert(writeCode(folder.path, { ...PLAN, mode: "imports" }) !== code);
  const left = [...Deno.readDirSync(folder.path)].map(({ name }) => name);
  assertEquals(left.length, 2, String(left));
  assertEquals([...Deno.readDirSync(code)].map(({ name }) => name).sort(), [
    "coldtrace_probe.py",
    "functions.txt",
    "sitecustomize.py",
  ]);
});

Deno.test("writeCode() writes the plan as the probe reads it", () => {
  using folder = new PrivateFolder();
  const list = (plan: ProbePlan) => listIn(writeCode(folder.path, plan));
  assertEquals(list(PLAN), "mode=functions\nfloor_ns=10000000\nm:f\tload\tweights\twork\n");
  assertEquals(list({ ...PLAN, mode: "imports", floorMs: 0.5 }), "mode=imports\nfloor_ns=500000\n");
  // The function that ends a start is looked for whether it is to be timed or not.
  assertEquals(
    list({ ...PLAN, mode: "imports", ready: "m:serve" }),
    "mode=imports\nfloor_ns=10000000\nready=m:serve\nm:serve\tstart server\thttp\twork\n",
  );
  assertEquals(
    list({ ...PLAN, ready: "m:f" }),
    "mode=functions\nfloor_ns=10000000\nready=m:f\nm:f\tload\tweights\twork\n",
  );
});

Deno.test("writeCode() refuses a folder that has its name and other code in it", () => {
  using folder = new PrivateFolder();
  const code = writeCode(folder.path, PLAN);
  Deno.writeTextFileSync(`${code}/sitecustomize.py`, "import other");
  assertThrows(() => writeCode(folder.path, PLAN), ProbeError, "Cannot keep the probe in");
  // Nothing half is left.
  const left = [...Deno.readDirSync(folder.path)].map(({ name }) => name);
  assertEquals(left.map((name) => `${folder.path}/${name}`), [code]);
});
