import { assertEquals } from "@std/assert";
import { imageIn } from "../../../src/sources/system/container_image.ts";

Deno.test("imageIn() finds the image where Podman tells", () => {
  const privileged = `engine="podman-4.4.4"
name="sleepy_mirzakhani"
id="0d6cbd7ba2c2"
image="docker.io/vllm/vllm-openai:latest"
imageid="7c1d20bd6a44"
rootless=1
`;
  assertEquals(imageIn(privileged), "docker.io/vllm/vllm-openai:latest");
  // In a container that is not privileged the file is empty.
  assertEquals(imageIn(""), undefined);
});
