import { assert, assertEquals } from "@std/assert";
import { usageOnPath } from "../../../src/read/reasons/_imports.ts";
import { pressure } from "../../../src/read/reasons/pressure.ts";
import { recorded, sketched } from "./_starts.ts";

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
  assertEquals(found?.time, start.end - start.launch - cpu);
});

Deno.test("pressure() leaves the processor to the limit where there is one", () => {
  const attributes = {
    "coldtrace.cgroup.cpu_pressure_ms": 500,
    "coldtrace.cgroup.io_pressure_ms": 300,
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
  const trial = (engine: string, device: string) => {
    const attributes = {
      "coldtrace.cgroup.cpu_pressure_ms": 500,
      "coldtrace.engine.device": device,
    };
    return pressure("cpu")(sketched({ ready: 1000, engine, attributes }))?.trial?.name;
  };
  assertEquals([trial("vLLM", "cuda"), trial("vLLM", "cpu"), trial("llama.cpp", "cuda")], [
    "one-thread",
    undefined,
    undefined,
  ]);
});
