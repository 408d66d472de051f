import { assertEquals } from "@std/assert";
import { identityOf } from "../../../src/read/comparison/identity.ts";
import { compareIdentities } from "../../../src/read/comparison/identity_comparison.ts";
import { ROOT } from "./_root.ts";
import type { RecordAttributes } from "../../../src/trace/record.ts";

function compared(a: RecordAttributes, b: RecordAttributes) {
  return compareIdentities([identityOf({ ...ROOT, ...a })], [identityOf({ ...ROOT, ...b })]);
}

const ALIKE = { title: [], refused: [], unknown: [], mixed: [] };

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
    ["coldtrace.engine.compile_cache", "hit", "load failed"],
    ["coldtrace.engine.model_size", "1", "2"],
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
  assertEquals(compareIdentities(side(GB, GB), [identityOf(ROOT)]).unknown, [
    { name: "page cache", of: "b" },
  ]);
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
    unknown: [{ name: "compile cache", of: "b" }],
  });
  const unknown = compareIdentities([identityOf(ROOT)], [{}]);
  assertEquals([unknown.title, unknown.refused], [[], []]);
  assertEquals(
    unknown.unknown.map(({ name, of }) => `${name} of ${of}`),
    ["model of b", "CPU model of b", "CPUs of b", "memory of b"],
  );
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

Deno.test("compareIdentities() sees through shells, variables and wrapping programs", () => {
  const differences = (a: string[], b: string[]) =>
    compared({ "process.command_args": a }, { "process.command_args": b }).title;
  const plain = ["vllm", "serve", "m", "--load-format", "auto", "--port", "1"];
  const script = 'exec env X="$(mktemp -d)" vllm serve m --load-format dummy --port 2';
  const format = { name: "--load-format", a: "dummy", b: "auto" };
  assertEquals(differences(["sh", "-c", script], plain), [
    format,
    { name: "$X", a: "$(mktemp -d)" },
  ]);
  assertEquals(differences(["env", "A=b", ...plain], plain), [{ name: "$A", a: "b" }]);
  assertEquals(differences(["numactl", "-m", "0", ...plain], plain), [
    { name: "wrapper", a: "numactl -m 0" },
  ]);
  assertEquals(differences(["sh", "-c", `cd /x && ${script}`], ["nice", ...plain]), [
    format,
    { name: "$X", a: "$(mktemp -d)" },
    { name: "wrapper", a: "cd /x", b: "nice" },
  ]);
});

Deno.test("compareIdentities() has a variable in a command for one that is set for it", () => {
  const a = { "process.environment_variable.X": "1" };
  const b = { "process.command_args": ["env", "X=1", "vllm", "serve", "m", "--dtype=float32"] };
  assertEquals(compared(a, b), ALIKE);
});

Deno.test("compareIdentities() tells commands as a whole where one of them may run anything", () => {
  const script = "vllm serve m --dtype float16 | tee log";
  const { title } = compared({ "process.command_args": ["sh", "-c", script] }, {});
  assertEquals(title, [{
    name: "command",
    a: `sh -c '${script}'`,
    b: "vllm serve m --dtype float32 --port=8000",
  }]);
});

Deno.test("compareIdentities() takes a model for the same in two folders, if its size is", () => {
  const model = (path: string, size: number) => ({
    "coldtrace.engine.model": path,
    "coldtrace.engine.model_size": size,
  });
  assertEquals(compared(model("/a/m.gguf", 1), model("/b/m.gguf", 1)), ALIKE);
  assertEquals(compared(model("/a/m.gguf", 1), model("/b/m.gguf", 2)).refused, [
    { name: "model size", a: "1", b: "2" },
  ]);
  assertEquals(compared(model("a/m", 1), model("b/m", 1)).refused.length, 1, "names on a hub");
});

Deno.test("compareIdentities() compares compiled starts with eager ones, and tells their cache", () => {
  const eager = (isEager: boolean) => ({ "coldtrace.engine.enforce_eager": isEager });
  const compiled = { ...eager(false), "coldtrace.engine.compile_cache": "hit" };
  assertEquals(compared(compiled, eager(true)), {
    ...ALIKE,
    title: [
      { name: "compile cache", a: "hit" },
      { name: "enforce eager", a: "false", b: "true" },
    ],
  });
  assertEquals(compared(eager(true), eager(true)), ALIKE);
});

Deno.test("compareIdentities() tells of which side a compile cache is not known", () => {
  const silent = { "coldtrace.engine.enforce_eager": false };
  const told = { ...silent, "coldtrace.engine.compile_cache": "hit" };
  const of = (a: RecordAttributes, b: RecordAttributes) =>
    compared(a, b).unknown.map((fact) => fact.of);
  assertEquals([of(silent, told), of(told, silent), of(silent, silent)], [["a"], ["b"], ["both"]]);
  assertEquals(compared(silent, silent).refused, []);
});
