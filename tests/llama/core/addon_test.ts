import { assertEquals } from "@std/assert";
import { Workshop } from "../_engine.ts";

/** What the engine core calls, by what has it; a class's own static side is empty. */
const CONTRACT: Record<string, string[]> = {
  "": [
    "getGpuType",
    "init",
    "loadBackends",
    "markLoaded",
    "setLogger",
    "setLoggerLogLevel",
  ],
  AddonModel: [
    "abortActiveModelLoad",
    "detokenize",
    "getTokenString",
    "getTotalParameters",
    "getTotalSize",
    "getTrainContextSize",
    "init",
    "isEogToken",
    "shouldPrependBosToken",
    "tokenBos",
    "tokenEos",
    "tokenize",
  ],
  AddonContext: [
    "addToBatch",
    "decodeBatch",
    "disposeSequence",
    "init",
    "initBatch",
    "sampleToken",
  ],
  AddonSampler: ["applyConfig", "dispose"],
  AddonJinjaRenderer: ["render"],
};

/** Run in a process of its own: a native library is never unloaded. */
const PROGRAM = `
const { importDlopen, loadAddon } = await import(Deno.args[0]);
const addon = loadAddon(await importDlopen(), Deno.args[1]);
const contract = JSON.parse(Deno.args[2]);
const missing = Object.entries(contract).flatMap(([name, methods]) => {
  const owner = name === "" ? addon : addon[name]?.prototype ?? {};
  return methods.filter((method) => typeof owner[method] !== "function")
    .map((method) => name + "." + method);
});
console.log(JSON.stringify(missing));
`;

Deno.test("loadAddon() has all that the engine core calls", async () => {
  await using workshop = await Workshop.open();
  const program = `${workshop.dir}/contract.ts`;
  await Deno.writeTextFile(program, PROGRAM);
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--no-prompt",
      "--no-check",
      "--allow-read",
      "--allow-ffi",
      program,
      import.meta.resolve("../../../src/llama/core/addon.ts"),
      workshop.addon,
      JSON.stringify(CONTRACT),
    ],
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  assertEquals(decoder.decode(stdout).trim(), "[]", decoder.decode(stderr));
});
