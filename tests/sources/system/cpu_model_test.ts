import { assertEquals } from "@std/assert";
import { modelIn } from "../../../src/sources/system/cpu_model.ts";

Deno.test("modelIn() gives the name of the first processor, if it has one", () => {
  const x86 = "processor\t: 0\nmodel\t\t: 106\nmodel name\t: AMD EPYC 7B13 \nstepping\t: 6\n\n" +
    "processor\t: 1\nmodel name\t: other\n";
  assertEquals(modelIn(x86), "AMD EPYC 7B13");
  assertEquals(modelIn("processor\t: 0\nCPU implementer\t: 0x41\nCPU part\t: 0xd40\n"), undefined);
  assertEquals(modelIn("model name\t: \n"), undefined);
  assertEquals(modelIn(undefined), undefined);
});
