import { assert, assertEquals } from "@std/assert";
import { machine } from "./_machine.ts";

Deno.test("machineFacts() says what this machine is", async () => {
  const { machine: facts } = await machine(["facts"]);
  assertEquals(facts["host.name"], Deno.hostname());
  assertEquals(facts["host.arch"], Deno.build.arch === "x86_64" ? "amd64" : "arm64");
  assertEquals(facts["coldtrace.host.cpus"], navigator.hardwareConcurrency);
  assertEquals(facts["coldtrace.host.memory"], Deno.systemMemoryInfo().total);
  // Linux does not know what an ARM processor is called.
  const isNamed = Deno.build.os === "linux" && Deno.build.arch === "x86_64";
  assert(!isNamed || /^\S.*\S$/.test(facts["host.cpu.model.name"]));
});

Deno.test("machineFacts() leaves out what it may not read, and asks nobody", async () => {
  const { machine: facts, identity } = await machine(["facts"], ["--allow-env"]);
  assertEquals(Object.keys(facts), ["host.arch", "coldtrace.host.cpus"]);
  assertEquals(identity, facts);
});
