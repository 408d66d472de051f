import { assertEquals } from "@std/assert";
import { encodeStarted } from "../../src/launch/started.ts";
import { OpenLog, readOpenLog, readSaid } from "../../src/start/open_log.ts";
import { newRecord } from "../../src/trace/new_record.ts";
import { rootContext } from "../../src/trace/context.ts";

const names = (path: string) => readOpenLog(path).map(({ name }) => name);
const record = (name: string) => newRecord(name, rootContext, { scope: { name: "test" } });

Deno.test("OpenLog holds what has started while the start lasts, and nothing after it", () => {
  const folder = Deno.makeTempDirSync({ prefix: "coldtrace-open-" });
  try {
    const path = `${folder}/run.open`;
    const log = new OpenLog();
    // Some of it before there is a file.
    log.started(record("root"));
    assertEquals(names(path), []);
    log.open(path);
    assertEquals(names(path), ["root"]);
    log.take(encodeStarted(record("load weights")));
    assertEquals(names(path), ["root", "load weights"]);
    log.end();
    assertEquals([...Deno.readDirSync(folder)], []);
    log.take(encodeStarted(record("late")));
    assertEquals(names(path), []);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});

Deno.test("OpenLog holds what the engine said beside that, and what a crash has cut off is passed over", () => {
  const folder = Deno.makeTempDirSync({ prefix: "coldtrace-open-" });
  try {
    const path = `${folder}/run.open`;
    const log = new OpenLog();
    const whole = { text: 'load "M" \n\u2028 {"coldtrace":"start",', pid: 7, process: "Worker" };
    const bare = { text: "loaded", pid: undefined, process: undefined };
    log.said(whole, 5n);
    assertEquals(readSaid(path), []);
    log.open(path);
    log.started(record("root"));
    log.said(bare, 6n);
    const said = [{ message: whole, time: 5n }, { message: bare, time: 6n }];
    assertEquals([readSaid(path), names(path)], [said, ["root"]]);
    log.said(bare, 7n);
    Deno.truncateSync(path, Deno.statSync(path).size - 3);
    assertEquals([readSaid(path), names(path)], [said, ["root"]]);
    log.end();
    log.said(bare, 8n);
    assertEquals([...Deno.readDirSync(folder)], []);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});

Deno.test("OpenLog does nothing where it has no file, or cannot have one", () => {
  for (const path of [undefined, "/no/such/folder/run.open"]) {
    const log = new OpenLog();
    log.started(record("before"));
    log.open(path);
    log.started(record("after"));
    log.said({ text: "after" }, 1n);
    log.end();
  }
});
