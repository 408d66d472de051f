import { assertEquals } from "@std/assert";
import { engineFacts } from "../../src/start/identity.ts";
import { rootContext } from "../../src/trace/context.ts";
import { newRecord } from "../../src/trace/new_record.ts";
import { machine } from "../sources/_machine.ts";

Deno.test("identityFacts() has the machine and the revision of the current folder", async () => {
  const { machine: facts, identity } = await machine(["facts"]);
  const { "vcs.ref.head.revision": revision, "coldtrace.vcs.dirty": dirty, ...rest } = identity;
  assertEquals(rest, facts);
  // The project may be no repository here.
  assertEquals(typeof revision === "string", typeof dirty === "boolean");
});

Deno.test("engineFacts() has the size of a model, and what coldtrace's own engine is", async () => {
  const model = await Deno.makeTempFile({ suffix: ".gguf" });
  try {
    await Deno.writeFile(model, new Uint8Array(7));
    const size = { "coldtrace.engine.model_size": 7 };
    assertEquals(engineFacts({ "coldtrace.engine.model": model }, []), size);
    const api = newRecord("process", rootContext, {
      scope: { name: "test" },
      attributes: { "process.command_args": ["deno", "/src/llama/api_main.ts", "--model", model] },
    });
    const name = model.split("/").at(-1) ?? "";
    assertEquals(engineFacts({}, [api]), { "coldtrace.engine.model": name, ...size });
    // Who tells what it is knows better.
    assertEquals(engineFacts({ "coldtrace.engine.version": "0.32.0" }, [api]), {});
  } finally {
    await Deno.remove(model);
  }
});
