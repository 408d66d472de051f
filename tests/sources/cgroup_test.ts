import { assert, assertEquals } from "@std/assert";
import { cgroupFacts, cgroupSnapshot } from "../../src/sources/cgroup.ts";
import { watched } from "./_watch.ts";

Deno.test("cgroupFacts() tells what was added between two moments", () => {
  const facts = cgroupFacts(
    {
      throttled: 1_000,
      oomKills: 1,
      cpuPressure: 0,
      memoryPressure: 7,
      ioPressure: 5_500,
      memoryPeak: 100,
      memory: 90,
      cpuLimit: 2,
    },
    {
      throttled: 251_000,
      oomKills: 2,
      cpuPressure: 0,
      memoryPressure: 1_007,
      ioPressure: 6_000,
      memoryPeak: 300,
      memory: 200,
      memoryLimit: 400,
      cpuLimit: 1.5,
    },
  );
  assertEquals(facts, {
    "coldtrace.cgroup.throttled_ms": 250,
    "coldtrace.cgroup.oom_kills": 1,
    "coldtrace.cgroup.cpu_pressure_ms": 0,
    "coldtrace.cgroup.memory_pressure_ms": 1,
    "coldtrace.cgroup.io_pressure_ms": 0.5,
    "coldtrace.cgroup.memory_peak": 300,
    "coldtrace.cgroup.memory": 200,
    "coldtrace.cgroup.memory_limit": 400,
    "coldtrace.cgroup.cpu_limit": 1.5,
  });
});

Deno.test("cgroupFacts() leaves out what is not known, and a peak of before", () => {
  assertEquals(cgroupFacts(undefined, undefined), {});
  assertEquals(cgroupFacts({ throttled: 5 }, undefined), {});
  assertEquals(cgroupFacts(undefined, { throttled: 5, memoryPeak: 9 }), {});
  assertEquals(cgroupFacts({ memoryPeak: 9 }, { memoryPeak: 9 }), {});
  // Another group: counters do not go back.
  assertEquals(cgroupFacts({ oomKills: 3 }, { oomKills: 0 }), {});
});

Deno.test({
  name: "cgroupSnapshot() reads numbers of this machine's control groups",
  ignore: Deno.build.os !== "linux",
  async fn() {
    const snapshot = await watched("cgroup");

    assert(Object.values(snapshot).every((value) => typeof value === "number" && value >= 0));
  },
});

Deno.test("cgroupSnapshot() knows nothing of a process that is not there", () => {
  assertEquals(cgroupSnapshot(2 ** 30), undefined);
});
