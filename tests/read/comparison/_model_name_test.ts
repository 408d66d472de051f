import { assertEquals } from "@std/assert";
import { modelName } from "../../../src/read/comparison/_model_name.ts";

Deno.test("modelName() is the last part of a path", () => {
  for (
    const path of ["/a/m", "/b/m/", "./m", "../m", "~/m", "C:\\a\\m", "D:/m", "a/b/m", "m", "/m"]
  ) {
    assertEquals(modelName(path), "m", path);
  }
  assertEquals(modelName("models/m.gguf"), "m.gguf");
});

Deno.test("modelName() leaves names on hubs, and URLs, as they are", () => {
  for (
    const name of [
      "owner/name",
      "owner/name:Q4_K_M",
      "hf:owner/name/m.gguf",
      "https://example.org/a/m.gguf",
      "s3://bucket/a/m",
      "",
    ]
  ) {
    assertEquals(modelName(name), name);
  }
});
