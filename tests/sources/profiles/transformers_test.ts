import { assertEquals } from "@std/assert";
import { TRANSFORMERS } from "../../../src/sources/profiles/transformers.ts";

Deno.test("TRANSFORMERS.recognise() reads model and address from the command", () => {
  const recognise = (command: string) => TRANSFORMERS.recognise(command.split(" "));
  assertEquals(recognise("transformers serve org/model"), {
    model: "org/model",
    host: "localhost",
    port: 8000,
    facts: { "coldtrace.engine.model": "org/model" },
  });
  const all = recognise("transformers serve --trust-remote-code --port 1 --host 127.0.0.1 M");
  assertEquals([all?.model, all?.host, all?.port], ["M", "127.0.0.1", 1]);
  // It loads models as they are asked for, then.
  assertEquals(recognise("transformers serve")?.model, undefined);
  assertEquals(recognise("transformers chat"), undefined);
});
