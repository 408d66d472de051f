import { assertEquals } from "@std/assert";
import { modelSizeFacts } from "../../src/sources/model_size.ts";

Deno.test("modelSizeFacts() has the size of a model's file, or of the weights in its folder", async () => {
  const folder = await Deno.makeTempDir({ prefix: "coldtrace-model-" });
  try {
    const write = (name: string, size: number) =>
      Deno.writeFile(`${folder}/${name}`, new Uint8Array(size));
    const size = (path: string) => modelSizeFacts(path)["coldtrace.engine.model_size"];
    await write("config.json", 5);
    assertEquals(size(folder), undefined);
    await write("blob", 30);
    await write("model-00001-of-00002.safetensors", 20);
    await Deno.symlink(`${folder}/blob`, `${folder}/model-00002-of-00002.safetensors`);
    await write("m.gguf", 7);
    assertEquals([size(`${folder}/m.gguf`), size(folder), size(`${folder}/`)], [7, 57, 57]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("modelSizeFacts() has nothing of what is not on this machine", () => {
  for (const model of ["owner/name", "/nowhere/m.gguf", "https://example.org/m.gguf", "", 1]) {
    assertEquals(modelSizeFacts(model), {});
  }
});
