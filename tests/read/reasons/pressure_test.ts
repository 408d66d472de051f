import { assert, assertEquals } from "@std/assert";
import { usageOnPath } from "../../../src/read/reasons/_imports.ts";
import { idleTime } from "../../../src/read/idle.ts";
import { pressure } from "../../../src/read/reasons/pressure.ts";
import { recorded, sketched } from "./_starts.ts";

const LESS = "it lost less: in 2.00 s all of its processes slept";

Deno.test("pressure() counts no time in which a recorded start computed", async () => {
  const start = await recorded("tp2");
  const found = pressure("cpu")(start);
  assertEquals(
    found?.evidence[0],
    [
      "in 81.07 s at least one task of its control group waited (cpu.pressure)",
    ][0],
  );
  const { cpu } = usageOnPath(start);
  assert(cpu > 0n);
  const idle = idleTime(start);
  assert(idle > 0n);
  assertEquals(found?.time, start.end - start.launch - cpu - idle);
});

Deno.test("pressure() leaves the processor to the limit where there is one", () => {
  const attributes = {
    "coldtrace.cgroup.cpu_pressure_ms": 500,
    "coldtrace.cgroup.io_pressure_ms": 300,
    "coldtrace.disk_read_bytes": 3e9,
  };
  const free = sketched({ ready: 1000, attributes });
  const limited = sketched({
    ready: 1000,
    attributes: { ...attributes, "coldtrace.cgroup.throttled_ms": 1 },
  });
  const ids = [free, limited].map((start) =>
    [pressure("cpu"), pressure("memory"), pressure("io")].map((rule) => rule(start)?.id)
  );
  assertEquals(ids, [
    ["cpu-pressure", undefined, "io-pressure"],
    [undefined, undefined, "io-pressure"],
  ]);
});

Deno.test("pressure() has fewer threads to compare only where a variable says how many", () => {
  const trial = (engine: string, device: string, cpus = 2) => {
    const attributes = {
      "coldtrace.host.cpus": cpus,
      "coldtrace.cgroup.cpu_pressure_ms": 500,
      "coldtrace.engine.device": device,
    };
    return pressure("cpu")(sketched({ ready: 1000, engine, attributes }))?.trial?.name;
  };
  assertEquals([trial("vLLM", "cuda"), trial("vLLM", "cpu"), trial("llama.cpp", "cuda")], [
    "one-thread",
    "one-cpu",
    "one-cpu",
  ]);
  assertEquals(trial("vLLM", "cpu", 1), undefined);
});

Deno.test("pressure() tells nothing of the disk where its processes read next to nothing from it", () => {
  const found = (read: Record<string, number>) => {
    const attributes = { "coldtrace.cgroup.io_pressure_ms": 1200, ...read };
    return pressure("io")(sketched({ ready: 60_000, attributes }));
  };
  assertEquals(found({ "coldtrace.disk_read_bytes": 0 }), undefined);
  assertEquals(found({ "coldtrace.disk_read_bytes": 4096 }), undefined);
  assertEquals(found({}), undefined);
  assertEquals(found({ "coldtrace.disk_read_bytes": 3e9 })?.evidence, [
    "in 1.20 s at least one task of its control group waited (io.pressure)",
    "its processes read 3.0 GB from disk",
  ]);
});

Deno.test("pressure() says what computed meanwhile only where that is why it lost less", () => {
  const evidence = (ms: number) => {
    const module = { "coldtrace.import.module": "torch", "coldtrace.cpu_time_ms": 600 };
    return pressure("cpu")(sketched({
      ready: 1000,
      attributes: { "coldtrace.cgroup.cpu_pressure_ms": ms },
      spans: [{ id: "1", start: 0, end: 600, attributes: module }],
    }))?.evidence.slice(1);
  };
  assertEquals(evidence(300), []);
  assertEquals(evidence(900), [
    "it lost less: 600 ms of its path are imports that computed meanwhile",
  ]);
});

Deno.test("pressure() leaves out the time in which all processes slept", () => {
  const found = (cpu: readonly number[]) =>
    pressure("cpu")(sketched({
      ready: 4000,
      attributes: { "coldtrace.cgroup.cpu_pressure_ms": 3000 },
      spans: [{
        id: "1",
        start: 0,
        end: 4000,
        attributes: {
          "coldtrace.container": true,
          "coldtrace.process.samples.time_ms": [0, 1000, 2000, 3000, 4000],
          "coldtrace.process.samples.cpu_time_ms": cpu,
        },
      }],
    }));
  assertEquals(found([0, 900, 900, 900, 950])?.time, 2_000_000_000n);
  assertEquals(found([0, 900, 900, 900, 950])?.evidence[1], LESS);
  assertEquals(found([0, 900, 1800, 1800, 2700])?.time, 3_000_000_000n);
  assertEquals(found([0, 0, 0, 0, 0]), undefined);
});

Deno.test("pressure() takes a limit of memory away where there is one", () => {
  const trial = (limit: Record<string, number>) => {
    const attributes = { "coldtrace.cgroup.memory_pressure_ms": 500, ...limit };
    return pressure("memory")(sketched({ ready: 1000, attributes }))?.trial?.name;
  };
  assertEquals(trial({ "coldtrace.cgroup.memory_limit": 1e9 }), "unlimited");
  assertEquals(trial({}), undefined);
});
