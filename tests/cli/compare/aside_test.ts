import { assertEquals } from "@std/assert";
import { readAside } from "../../../src/cli/compare/aside.ts";
import { readRunInput, startOf } from "../../../src/cli/run_input.ts";
import { vectorOf } from "../../../src/read/comparison/vector.ts";

const START = new URL("../../testdata/starts/vllm-cold.otlp.jsonl.gz", import.meta.url);

/** So many files of a start of vLLM, 1.4 MB each. */
async function withStarts(
  count: number,
  test: (paths: string[], dir: string) => Promise<void>,
): Promise<void> {
  const dir = await Deno.makeTempDir({ prefix: "coldtrace-aside-" });
  try {
    const paths = Array.from({ length: count }, (_, i) => `${dir}/${i}.otlp.jsonl`);
    const { readable } = await Deno.open(START);
    const [first = "", ...others] = paths;
    await Deno.writeFile(first, readable.pipeThrough(new DecompressionStream("gzip")));
    for (const path of others) await Deno.link(first, path);
    await test(paths, dir);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

Deno.test("readAside() reads what is read here, but for what cannot be read", {
  ignore: navigator.hardwareConcurrency < 2,
}, async () => {
  await withStarts(60, async (paths, dir) => {
    const broken = `${dir}/broken.jsonl`;
    await Deno.writeTextFile(broken, "broken");
    const found = await readAside([...paths, broken, `${dir}/none.jsonl`]);
    assertEquals([...found.keys()].sort(), paths.toSorted());
    const expected = [vectorOf(startOf(await readRunInput(paths[0], dir)))];
    for (const vectors of found.values()) assertEquals(vectors, expected);
  });
});

Deno.test("readAside() leaves it to who asks when there is little to read", async () => {
  await withStarts(10, async (paths) => {
    assertEquals((await readAside(paths)).size, 0);
  });
});
