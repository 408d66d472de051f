import { assertEquals, assertMatch } from "@std/assert";
import { died } from "../../../src/read/reasons/died.ts";
import { outOfMemory } from "../../../src/read/reasons/out_of_memory.ts";
import { proofOf } from "../../../src/read/reasons/proof.ts";
import { processResource } from "../_spans.ts";
import { recorded, sketched } from "./_starts.ts";

Deno.test("outOfMemory() finds the OOM kill of a recorded start", async () => {
  const start = await recorded("out-of-memory");
  const found = outOfMemory(start);
  assertEquals(found?.time, start.end - start.launch);
  assertEquals(found?.evidence, [
    "its control group counted 1 OOM kill",
    "it was ended by SIGKILL in import networkx",
    "its memory reached 1.6 GB",
  ]);
  // It had not come to the KV cache: less of that would not have helped.
  assertMatch(found?.remedy ?? "", /docker run --memory\)$/);
});

Deno.test("outOfMemory() tells nothing of a SIGKILL that no OOM kill explains", () => {
  const killed = { "error.type": "exit", "process.exit.signal": "SIGKILL" };
  assertEquals(outOfMemory(sketched({ end: 100, attributes: killed })), undefined);
  const none = { ...killed, "coldtrace.cgroup.oom_kills": 0 };
  assertEquals(outOfMemory(sketched({ end: 100, attributes: none })), undefined);
});

Deno.test("outOfMemory() knows 137, and what takes memory of which engine", () => {
  const dead = {
    "error.type": "exit",
    "process.exit.code": 137,
    "coldtrace.cgroup.oom_kills": 2,
    "process.command_args": ["coldtrace", "serve", "--no-mmap"],
  };
  const llama = outOfMemory(sketched({ end: 100, engine: "llama.cpp", attributes: dead }));
  assertEquals(llama?.evidence, [
    "its control group counted 2 OOM kills",
    "it ended with exit code 137",
  ]);
  assertEquals(
    llama && proofOf(["coldtrace", "serve", "--no-mmap"], llama),
    "coldtrace run -n 6 --label out-of-memory-now --ready-url http://127.0.0.1:8000/health " +
      "--interleave out-of-memory-mapped='coldtrace serve' -- " +
      "coldtrace serve --no-mmap",
  );
  const vllm = outOfMemory(sketched({
    end: 100,
    attributes: { ...dead, "coldtrace.engine.device": "cpu" },
    spans: [{ id: "1", name: "kv tensors", phase: "kv_cache", start: 50 }],
  }));
  assertMatch(vllm?.remedy ?? "", /VLLM_CPU_KVCACHE_SPACE/);
});

Deno.test("outOfMemory() wants one of its own processes to have been killed", () => {
  const attributes = {
    "error.type": "exit",
    "process.exit.code": 1,
    "coldtrace.cgroup.oom_kills": 1,
  };
  assertEquals(outOfMemory(sketched({ end: 100, attributes })), undefined);
  const found = outOfMemory(sketched({
    end: 100,
    attributes,
    spans: [{
      id: "1",
      start: 0,
      end: 80,
      attributes: { "process.exit.signal": "SIGKILL" },
      resource: processResource("Worker"),
    }],
  }));
  assertEquals(found?.evidence, [
    "its control group counted 1 OOM kill",
    "Worker was killed",
    "it ended with exit code 1",
  ]);
});

Deno.test("outOfMemory() knows a kill where the control group had come to its limit", () => {
  const found = (peak: number) => {
    const start = sketched({
      end: 100,
      attributes: {
        "error.type": "exit",
        "process.exit.code": 1,
        "coldtrace.cgroup.oom_kills": 1,
        "coldtrace.cgroup.memory_peak": peak,
        "coldtrace.cgroup.memory_limit": 4e9,
      },
    });
    return { found: outOfMemory(start), died: died(start)?.evidence.join() };
  };
  // A worker was killed, and who waited for it ended with a code of its own.
  assertEquals(found(3.99e9).found?.title, "A process of its control group was killed for memory");
  assertEquals(found(3.99e9).found?.evidence, [
    "its control group counted 1 OOM kill",
    "it ended with exit code 1",
    "its memory reached 4.0 GB",
    "its limit is 4.0 GB",
  ]);
  assertEquals(found(3.99e9).died?.includes("not known"), false);
  assertEquals(found(1e9).found, undefined);
  assertEquals(found(1e9).died?.includes("of whom is not known"), true);
});

Deno.test("outOfMemory() tells nothing of a start that became ready", () => {
  const attributes = { "coldtrace.cgroup.oom_kills": 1 };
  assertEquals(outOfMemory(sketched({ ready: 100, attributes })), undefined);
});
