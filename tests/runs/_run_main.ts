// deno-lint-ignore-file no-console -- a program, not a library
/**
 * A process that stores runs, for the tests: `create DIR COUNT`, `hold DIR`, `write FILE
 * COUNT`, `crash DIR COUNT`, `read FILE`.
 */
import { readRun } from "../../src/runs/reader.ts";
import { openRunFile, openRunStore } from "../../src/runs/store.ts";
import { spanRecord } from "./_span.ts";

const [verb, path = "", count = "1"] = Deno.args;
const onWarning = (line: string) => console.log(`warning: ${line}`);
switch (verb) {
  case "create":
    for (let i = 0; i < Number(count); i++) {
      using run = openRunStore({ dir: path, keep: 1000, onWarning }).createRun();
      run.write([spanRecord(i)]);
      console.log(run.id);
    }
    break;
  case "hold": {
    const run = openRunStore({ dir: path, onWarning }).createRun();
    run.write([spanRecord(0)]);
    console.log(run.id);
    await Deno.stdin.read(new Uint8Array(1));
    run.write([spanRecord(1)]);
    break;
  }
  case "crash": {
    const run = openRunStore({ dir: path, onWarning }).createRun();
    for (let i = 0; i < Number(count); i++) run.write([spanRecord(i)]);
    Deno.kill(Deno.pid, "SIGKILL");
    break;
  }
  case "write": {
    using run = openRunFile(path, "x", { onWarning });
    for (let i = 0; i < Number(count); i++) run.write([spanRecord(i)]);
    console.log(`path: ${run.path}`);
    break;
  }
  case "read": {
    const { records, torn } = await readRun(path);
    console.log(records.map((record) => record.name).join(" "), torn);
    break;
  }
}
