import { assertEquals } from "@std/assert";
import { readGpus } from "../../../src/sources/system/gpus.ts";

/** Makes a file system of these files, which are written by hand, after the drivers' documents. */
async function withFiles(
  files: Readonly<Record<string, string>>,
  test: (root: string) => void,
): Promise<void> {
  const root = await Deno.makeTempDir({ prefix: "coldtrace-gpus-" });
  try {
    for (const [path, text] of Object.entries(files)) {
      const file = `${root}/${path}`;
      await Deno.mkdir(file.slice(0, file.lastIndexOf("/")), { recursive: true });
      await Deno.writeTextFile(file, text);
    }
    test(root);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

const ignore = Deno.build.os !== "linux";
const NVIDIA = "proc/driver/nvidia";

function information(model: string): string {
  return `Model: \t\t ${model}\nIRQ:   \t\t 24\nGPU UUID: \t GPU-0\nBus Type: \t PCIe\n`;
}

Deno.test({
  name: "readGpus() finds NVIDIA's, in the order of their addresses, and their driver",
  ignore,
  fn: async () => {
    await withFiles({
      [`${NVIDIA}/gpus/0000:3b:00.0/information`]: information("NVIDIA L4"),
      [`${NVIDIA}/gpus/0000:1a:00.0/information`]: information("NVIDIA A100-SXM4-40GB"),
      [`${NVIDIA}/version`]:
        "NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.104.05  Sat Aug 19 01:15:15 UTC 2023\n" +
        "GCC version:  gcc version 12.3.0\n",
    }, (root) => {
      assertEquals(readGpus(root), {
        models: ["NVIDIA A100-SXM4-40GB", "NVIDIA L4"],
        driver: "535.104.05",
      });
    });
  },
});

Deno.test({
  name: "readGpus() reads the version of NVIDIA's open driver, and does without one",
  ignore,
  fn: async () => {
    const gpu = { [`${NVIDIA}/gpus/0000:01:00.0/information`]: information("NVIDIA H100") };
    const version =
      "NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  560.28.03  Release Build\n";
    await withFiles({ ...gpu, [`${NVIDIA}/version`]: version }, (root) => {
      assertEquals(readGpus(root), { models: ["NVIDIA H100"], driver: "560.28.03" });
    });
    await withFiles(gpu, (root) => assertEquals(readGpus(root), { models: ["NVIDIA H100"] }));
  },
});

Deno.test({
  name: "readGpus() finds those of AMD's that say what they are",
  ignore,
  fn: async () => {
    await withFiles({
      "sys/class/drm/card0/device/product_name": "\n",
      "sys/class/drm/card1/device/product_name": "AMD Instinct MI250\n",
      "sys/class/drm/card1-DP-1/device/product_name": "a connector\n",
      "sys/class/drm/renderD128/device/product_name": "AMD Instinct MI250\n",
      "sys/module/amdgpu/version": "6.8.5\n",
    }, (root) => {
      assertEquals(readGpus(root), { models: ["AMD Instinct MI250"], driver: "6.8.5" });
    });
  },
});

Deno.test("readGpus() is undefined where there is none", async () => {
  // A driver alone is none.
  await withFiles(
    { [`${NVIDIA}/version`]: "NVRM version: NVIDIA UNIX x86_64 Kernel Module  1\n" },
    (root) => assertEquals(readGpus(root), undefined),
  );
});
