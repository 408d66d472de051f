import { assertEquals, assertMatch } from "@std/assert";
import { firstRequest } from "../../../src/read/reasons/first_request.ts";
import { proofOf } from "../../../src/read/reasons/proof.ts";
import { stored } from "../../show/_starts.ts";
import { recorded, sketched } from "./_starts.ts";

Deno.test("firstRequest() finds the 41 s of a recorded start with two ranks", async () => {
  const found = firstRequest(await recorded("tp2"));
  assertEquals(found?.evidence, [
    "its first token came 41.39 s after ready, which took 82.54 s",
  ]);
});

Deno.test("firstRequest() finds nothing where the first token comes soon after ready", async () => {
  assertEquals(firstRequest(await recorded("cold")), undefined);
  assertEquals(firstRequest(stored("ready")[0]), undefined);
  assertEquals(firstRequest(stored("died")[0]), undefined);
});

Deno.test("firstRequest() knows --no-warmup of llama.cpp", () => {
  const words = ["coldtrace", "serve", "--no-warmup"];
  const attributes = { "process.command_args": words };
  const start = sketched({ ready: 100, firstToken: 200, engine: "llama.cpp", attributes });
  const found = firstRequest(start);
  assertEquals(found?.time, 100_000_000n);
  assertMatch(found?.remedy ?? "", /^no --no-warmup/);
  assertMatch(
    found ? proofOf(words, found) : "",
    /--interleave first-request-warm='coldtrace serve' --/,
  );
});

Deno.test("firstRequest() has nothing to compare where the model is not compiled anyway", () => {
  const trial = (isEager: boolean, device = "cuda") => {
    const attributes = {
      "coldtrace.engine.enforce_eager": isEager,
      "coldtrace.engine.device": device,
      "process.command_args": ["vllm", "serve", ...(isEager ? ["--enforce-eager"] : [])],
    };
    return firstRequest(sketched({ ready: 100, firstToken: 200, attributes }))?.trial;
  };
  assertEquals([trial(false)?.name, trial(true)], ["eager", undefined]);
  // On CPU, only what compiles runs the model before it is ready.
  const warm = trial(true, "cpu");
  assertEquals(warm?.change(["vllm", "serve", "--enforce-eager"]), ["vllm", "serve"]);
});
