import { assertEquals } from "@std/assert";
import { readRecords } from "../../../src/sources/probe/records.ts";

/** What a process has told that runs `python -m engine.main`. */
function read(...records: Record<string, unknown>[]) {
  const args = ["python", "-m", "engine.main", "--token", "hidden"];
  const first = { k: "process", how: "exec", pid: 7, parent: 1, born: "90", s: "100", args };
  return readRecords([first, ...records].map((record) => JSON.stringify(record)).join("\n"));
}

Deno.test("readRecords() tells of a process what it said of itself", () => {
  const { process, ...rest } = read(
    { k: "name", n: "EngineCore" },
    { k: "ready", s: "300" },
    { k: "limit", s: "400" },
    { k: "missing", w: "engine.work:gone" },
    { k: "exit", s: "500" },
  ) ?? {};
  assertEquals(process, {
    pid: 7,
    parent: 1,
    name: "EngineCore",
    born: 90n,
    arrived: 100n,
    exiting: 500n,
    attributes: {
      "process.command_args": ["python", "-m", "engine.main", "--token", "[redacted]"],
    },
  });
  assertEquals(rest, { spans: [], absent: ["engine.work:gone"], ready: 300n, limited: 400n });
});

Deno.test("readRecords() knows nothing of a process that did not say who it is", () => {
  assertEquals(readRecords(""), undefined);
  assertEquals(readRecords('{"k":"import","t":7,"s":"1","n":"torch"}\n'), undefined);
  assertEquals(readRecords('{"k":"process","s":"1"}\n'), undefined);
});

Deno.test("readRecords() gives a fork no name by a command that is its parent's", () => {
  const args = ["python", "-m", "engine.main"];
  const fork = { k: "process", how: "fork", pid: 8, parent: 7, s: "1", args };
  assertEquals(readRecords(JSON.stringify(fork))?.process.name, undefined);
  const named = [fork, { k: "name", n: "Worker" }].map((record) => JSON.stringify(record));
  assertEquals(readRecords(named.join("\n"))?.process.name, "Worker");
});

Deno.test("readRecords() tells once what was told when it began and again when it had ended", () => {
  const begun = { k: "call", t: 7, s: "110", n: "load", w: "m:f", p: "weights", d: "work" };
  const { spans } = read(begun, { ...begun, e: "150", x: "ValueError: token=hf_abcdefghijkl" }) ??
    {};
  assertEquals(spans, [{
    source: "probe",
    pid: 7,
    thread: 7,
    start: 110n,
    end: 150n,
    error: "ValueError: token=[redacted]",
    name: "load",
    phase: "weights",
    kind: "work",
    where: "m:f",
    attributes: { "thread.id": 7 },
  }]);
});

Deno.test("readRecords() tells the time in which a process took on another program", () => {
  const records = [
    { k: "exec", s: "200", n: "/usr/bin/python3" },
    { k: "process", how: "exec", pid: 7, parent: 1, s: "250", args: ["python3", "serve.py"] },
    { k: "exec", s: "300", n: "/bin/true" },
  ];
  const { process, spans } = read(...records) ?? {};
  // The last one was no Python any more.
  assertEquals(spans?.map(({ name, phase, kind, start, end }) => [name, phase, kind, start, end]), [
    ["exec python3", "process_start", "work", 200n, 250n],
  ]);
  assertEquals([process?.arrived, process?.name], [100n, "serve.py"]);
});

Deno.test("readRecords() tells of child programs and garbage what it was about", () => {
  const { spans } = read(
    { k: "child", t: 7, s: "110", e: "120", n: "g++", c: 42 },
    { k: "gc", t: 7, s: "130", e: "140", g: 2 },
  ) ?? {};
  assertEquals(spans?.map(({ name, phase, kind, attributes }) => [name, phase, kind, attributes]), [
    ["g++", "child", "tool", { "thread.id": 7, "coldtrace.child.pid": 42 }],
    ["gc", "gc", "work", { "thread.id": 7, "coldtrace.gc.generation": 2 }],
  ]);
});
