import { assert, assertEquals, assertMatch } from "@std/assert";
import { lengthOf } from "../../../src/read/on_path.ts";
import { imports } from "../../../src/read/reasons/imports.ts";
import { proofOf } from "../../../src/read/reasons/proof.ts";
import { rows } from "../../../src/read/rows.ts";
import { processResource } from "../_spans.ts";
import { recorded, sketched } from "./_starts.ts";

Deno.test("imports() counts what the rows of a recorded start count, and what interrupts them", async () => {
  const start = await recorded("cpu-limit");
  const found = imports(start);
  assertEquals(found?.title, "3 processes import packages");
  assert(typeof found?.time === "object");
  const own = rows(start).filter(({ phase }) => phase === "import");
  const imported = own.reduce((sum, { ns }) => sum + ns, 0n);
  const collected = /^([\d.]+) s of it is garbage collection$/m
    .exec(found?.evidence.join("\n") ?? "")?.[1];
  const rest = Number(lengthOf(found?.time ?? []) - imported) / 1e9;
  // Within what two decimals and the few programs that imports start leave open.
  assert(Math.abs(rest - Number(collected)) < 0.5, `${rest} ${collected}`);
  assertMatch(
    found?.evidence.join("\n") ?? "",
    /^Worker 28\.\d\d s, APIServer 28\.\d\d s, EngineCore 22/,
  );
  assertMatch(
    found?.evidence.join("\n") ?? "",
    /^\d\d % of its time is CPU time; nothing was read/m,
  );
});

Deno.test("imports() tells repeated packages, CPU time and reads from disk", () => {
  const step = (id: string, process: string, module: string, start: number, end: number) => ({
    id,
    name: `import ${module}`,
    phase: "import",
    start,
    end,
    resource: processResource(process),
    attributes: {
      "coldtrace.import.module": module,
      "coldtrace.cpu_time_ms": (end - start) / 2,
      "coldtrace.bytes_read": 1_000_000,
      "coldtrace.page_faults.major": 3,
    },
  });
  const found = imports(sketched({
    ready: 3000,
    spans: [
      step("1", "APIServer", "torch", 0, 1000),
      step("2", "APIServer", "vllm", 1000, 1200),
      step("3", "EngineCore", "torch", 1200, 2200),
    ],
  }));
  assertEquals(found?.evidence, [
    "APIServer 1.20 s, EngineCore 1.00 s",
    "by package: torch 2.00 s, vllm 200 ms",
    "1.00 s of it is packages that another of these processes had imported before",
    "50 % of its time is CPU time; 3.0 MB were read from disk, with 9 major page faults",
  ]);
});

Deno.test("imports() proposes fork on CUDA alone, as vLLM spawns on CPU", () => {
  const spans = ["APIServer", "EngineCore"].map((name, i) => ({
    id: `${i}`,
    start: i * 10,
    end: i * 10 + 10,
    resource: processResource(name),
    attributes: { "coldtrace.import.module": "torch" },
  }));
  const command = (device: string) => {
    const attributes = { "coldtrace.engine.device": device };
    const found = imports(sketched({ ready: 20, attributes, spans }));
    return found && proofOf(["vllm", "serve"], found);
  };
  assertMatch(
    command("cuda") ?? "",
    /--interleave imports-fork='env VLLM_WORKER_MULTIPROC_METHOD=fork /,
  );
  assertMatch(command("cpu") ?? "", /--interleave imports-bytecode='env PYTHONDONTWRITEBYTECODE= /);
});

Deno.test("imports() claims that bytecode is missing only where the command turns it off", () => {
  const spans = [{
    id: "1",
    start: 0,
    end: 20,
    attributes: { "coldtrace.import.module": "torch" },
  }];
  const of = (...words: string[]) => {
    const found = imports(sketched({
      ready: 20,
      attributes: { "process.command_args": words },
      spans,
    }));
    return { ...found, command: found && proofOf(words, found) };
  };
  const without = of("env", "PYTHONDONTWRITEBYTECODE=1", "vllm", "serve");
  assertEquals(without.evidence?.at(-1), "its command sets PYTHONDONTWRITEBYTECODE");
  assertMatch(
    without.command ?? "",
    /imports-bytecode='env PYTHONDONTWRITEBYTECODE= PYTHONPYCACHEPREFIX=\S+ env PYTHONDONTWRITEBYTECODE= vllm serve' -- env /,
  );
  const plain = of("env", "PYTHONDONTWRITEBYTECODE=", "vllm", "serve");
  assertMatch(plain.remedy ?? "", /^fewer packages; and see that .+, which no trace tells\. /);
  assertEquals(plain.trial?.keeps, true);
});

Deno.test("imports() finds nothing where nothing tells of imports", () => {
  assertEquals(imports(sketched({ ready: 10, spans: [{ id: "1", start: 0, end: 5 }] })), undefined);
});

Deno.test("imports() compares with the disk only where they waited for it", () => {
  const trial = (cpu: number, read: number) => {
    const attributes = {
      "coldtrace.import.module": "torch",
      "coldtrace.cpu_time_ms": cpu,
      "coldtrace.bytes_read": read,
    };
    const found = imports(
      sketched({ ready: 20, spans: [{ id: "1", start: 0, end: 20, attributes }] }),
    );
    return found && proofOf(["vllm"], found);
  };
  assertEquals(
    trial(4, 1e9),
    `coldtrace run -n 6 --label imports-now --cold 'test "$COLDTRACE_LABEL" = imports-cached && ` +
      "exit; sync; echo 3 >/proc/sys/vm/drop_caches' --interleave imports-cached=vllm -- vllm",
  );
  assertMatch(trial(16, 1e9) ?? "", /imports-bytecode=/);
  assertMatch(trial(4, 0) ?? "", /imports-bytecode=/);
});
