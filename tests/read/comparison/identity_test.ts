import { assertEquals } from "@std/assert";
import { compareIdentities, identityOf } from "../../../src/read/comparison/identity.ts";
import type { RecordAttributes } from "../../../src/trace/record.ts";

const ROOT: RecordAttributes = {
  "coldtrace.engine": "vLLM",
  "coldtrace.engine.model": "m",
  "coldtrace.engine.version": "0.32.0",
  "coldtrace.host.memory": 16_374_562_816,
  "coldtrace.host.cpus": 2,
  "host.name": "build-7",
  "host.cpu.model.name": "EPYC",
  "process.command_args": ["vllm", "serve", "m", "--dtype", "float32", "--port=8000"],
  "vcs.ref.head.revision": "fe6adcc",
};

function compared(a: RecordAttributes, b: RecordAttributes) {
  return compareIdentities([identityOf({ ...ROOT, ...a })], [identityOf({ ...ROOT, ...b })]);
}

const ALIKE = { title: [], refused: [], unknown: [], mixed: [] };

Deno.test("identityOf() reads what is known, in texts, and leaves the host's name out", () => {
  assertEquals(identityOf({ ...ROOT, "coldtrace.vcs.dirty": true, "coldtrace.warm": true }), {
    "model": "m",
    "CPU model": "EPYC",
    "CPUs": "2",
    "memory": "15 GiB",
    "engine": "vLLM",
    "engine version": "0.32.0",
    "git revision": "fe6adcc with changes",
    "caches": "warm",
    "command": '["vllm","serve","m","--dtype","float32","--port=8000"]',
  });
  assertEquals(identityOf({}), {});
});

Deno.test("identityOf() takes the model from the command where the engine tells none", () => {
  const model = (value: string) =>
    identityOf({ "process.command_args": ["engine", "--model", value] }).model;
  assertEquals([model("/models/a.gguf"), model("owner/name")], ["a.gguf", "owner/name"]);
  const command = ["engine", "--model", "/models/a.gguf"];
  const told = { "coldtrace.engine.model": "b", "process.command_args": command };
  assertEquals(identityOf(told).model, "b");
});

Deno.test("compareIdentities() does not tell starts apart by what Deno lets them touch", () => {
  const args = (port: number) => ["deno", "run", `--allow-net=127.0.0.1:${port}`, "main.ts"];
  const [a, b] = [1, 2].map((port) => identityOf({ "process.command_args": args(port) }));
  assertEquals(compareIdentities([a ?? {}], [b ?? {}]), ALIKE);
});

Deno.test("compareIdentities() has no difference when only hosts, ports and a little memory differ", () => {
  const other = {
    "host.name": "build-8",
    "coldtrace.host.memory": 16_370_000_000,
    "process.command_args": ["vllm", "serve", "m", "--port", "9000", "--dtype=float32"],
  };
  assertEquals(compared({}, other), ALIKE);
});

Deno.test("compareIdentities() makes a title of flags, versions, revisions and variables", () => {
  const { title, refused } = compared({ "process.environment_variable.VLLM_X": "1" }, {
    "coldtrace.engine.version": "0.33.0",
    "coldtrace.engine.dtype": "float16",
    "vcs.ref.head.revision": "1234567",
    "process.command_args": ["vllm", "serve", "m", "--dtype", "float16", "--enforce-eager"],
  });
  assertEquals(refused, []);
  assertEquals(title, [
    { name: "--dtype", a: "float32", b: "float16" },
    { name: "--enforce-eager", b: "" },
    { name: "$VLLM_X", a: "1" },
    { name: "engine version", a: "0.32.0", b: "0.33.0" },
    { name: "git revision", a: "fe6adcc", b: "1234567" },
  ]);
});

Deno.test("compareIdentities() refuses other models, machines and states of caches", () => {
  const others: RecordAttributes = {
    "coldtrace.engine.model": "n",
    "coldtrace.host.cpus": 4,
    "host.cpu.model.name": "Xeon",
    "coldtrace.host.memory": 2 * 16_374_562_816,
  };
  for (const [key, value] of Object.entries(others)) {
    assertEquals(compared({}, { [key]: value }).refused.length, 1, key);
  }
  const differ: [string, string | boolean | string[], string | boolean | string[]][] = [
    ["coldtrace.engine.model_revision", "main", "v2"],
    ["coldtrace.engine.compile_cache", "miss", "hit"],
    ["coldtrace.gpu.model", ["H100", "H100"], ["H100"]],
    ["coldtrace.gpu.driver", "550", "560"],
    ["coldtrace.probe", "functions", "off"],
    ["coldtrace.cold", "drop-caches", "rm -r cache"],
  ];
  for (const [key, a, b] of differ) {
    const { refused } = compared({ [key]: a }, { [key]: b });
    assertEquals(
      refused.map((one) => [one.a, one.b]),
      [[a, b]].map((pair) =>
        pair.map((value) =>
          key === "coldtrace.cold" ? `cold by ${value}` : [value].flat().join(", ")
        )
      ),
    );
  }
  const { refused } = compared({ "coldtrace.cold": "rm -r cache" }, { "coldtrace.warm": true });
  assertEquals(refused, [{ name: "caches", a: "cold by rm -r cache", b: "warm" }]);
});

Deno.test("compareIdentities() takes what a known host does not have for a fact", () => {
  const only: [string, string | boolean | number, string, string][] = [
    ["coldtrace.warm", true, "warm", "as they were"],
    ["coldtrace.cold", "rm -r cache", "cold by rm -r cache", "as they were"],
    ["coldtrace.cgroup.cpu_limit", 2, "2", "none"],
    ["coldtrace.gpu.model", "H100", "H100", "none"],
    ["coldtrace.gpu.driver", "550", "550", "none"],
  ];
  for (const [key, value, a, b] of only) {
    const { refused, unknown } = compared({ [key]: value }, {});
    assertEquals([refused.map((one) => [one.a, one.b]), unknown], [[[a, b]], []], key);
    // A trace that does not tell of its host does not tell of this, either.
    const foreign = compareIdentities([identityOf({ ...ROOT, [key]: value })], [{}]);
    assertEquals(foreign.refused, [], key);
  }
  const limited = identityOf({ ...ROOT, "coldtrace.cgroup.cpu_limit": 2 });
  const { mixed } = compareIdentities([limited, identityOf(ROOT)], [limited]);
  assertEquals(mixed, [{ side: "a", name: "CPU limit", values: ["2", "none"] }]);
});

Deno.test("compareIdentities() compares what the page cache was for most of each side", () => {
  const side = (...read: number[]) =>
    read.map((bytes) => identityOf({ ...ROOT, "coldtrace.disk_read_bytes": bytes }));
  const GB = 1e9;
  assertEquals(compareIdentities(side(GB, 0, 0), side(0, 4096, 0)), ALIKE);
  assertEquals(compareIdentities(side(GB, GB, 0), side(0, 4096, 0)), {
    ...ALIKE,
    refused: [{ name: "page cache", a: "cold", b: "warm" }],
  });
  assertEquals(compareIdentities(side(GB, GB), [identityOf(ROOT)]).unknown, ["page cache"]);
});

Deno.test("compareIdentities() with nothing on one side tells what is mixed alone", () => {
  const other = identityOf({ ...ROOT, "host.cpu.model.name": "Xeon" });
  assertEquals(compareIdentities([identityOf(ROOT), other], []), {
    ...ALIKE,
    mixed: [{ side: "a", name: "CPU model", values: ["EPYC", "Xeon"] }],
  });
});

Deno.test("compareIdentities() takes what is unknown for no difference, and says so", () => {
  assertEquals(compared({ "coldtrace.engine.compile_cache": "hit" }, {}), {
    ...ALIKE,
    unknown: ["compile cache"],
  });
  const unknown = compareIdentities([identityOf(ROOT)], [{}]);
  assertEquals([unknown.title, unknown.refused], [[], []]);
  assertEquals(unknown.unknown, ["model", "CPU model", "CPUs", "memory"]);
});

Deno.test("compareIdentities() tells what is mixed within one side", () => {
  const [one, other] = [ROOT, {
    ...ROOT,
    "coldtrace.engine.compile_cache": "miss",
    "process.command_args": ["vllm", "serve", "m", "--dtype", "float32", "--enforce-eager"],
  }].map(identityOf);
  const hit = identityOf({ ...ROOT, "coldtrace.engine.compile_cache": "hit" });
  const { mixed } = compareIdentities([one ?? {}, other ?? {}, hit], [one ?? {}]);
  assertEquals(mixed, [
    { side: "a", name: "compile cache", values: ["miss", "hit"] },
    { side: "a", name: "--enforce-eager", values: ["none", "given"] },
  ]);
});
