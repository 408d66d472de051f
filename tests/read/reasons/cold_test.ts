import { assertEquals } from "@std/assert";
import { CACHED, coldOf } from "../../../src/read/reasons/cold.ts";
import { sketched } from "./_starts.ts";

/** What a script for `--cold` did before a start of a label. */
interface Done {
  code: number;
  stdout: string;
  /** Whether it emptied the page cache. */
  isEmptied: boolean;
}

/** Runs it as `--cold` does, on another file than the kernel's. */
async function before(label: string, script: string): Promise<Done> {
  const file = await Deno.makeTempFile({ prefix: "coldtrace-cold-" });
  try {
    const { code, stdout } = await new Deno.Command("sh", {
      args: ["-c", script.replaceAll("/proc/sys/vm/drop_caches", file)],
      env: { COLDTRACE_LABEL: label },
      stderr: "null",
    }).output();
    const isEmptied = await Deno.readTextFile(file) === "3\n";
    return { code, stdout: new TextDecoder().decode(stdout), isEmptied };
  } finally {
    await Deno.remove(file);
  }
}

function cold(told?: string): string {
  return CACHED.cold?.("x-cached", told) ?? "";
}

Deno.test("CACHED empties the page cache before all starts but its own", async () => {
  assertEquals(await before("x-now", cold()), { code: 0, stdout: "", isEmptied: true });
  assertEquals(await before("x-cached", cold()), { code: 0, stdout: "", isEmptied: false });
  const refused = cold().replace("/proc/sys/vm/drop_caches", "/nowhere/drop_caches");
  assertEquals((await before("x-now", refused)).code === 0, false);
  assertEquals((await before("x-cached", refused)).code, 0);
});

Deno.test("CACHED makes all starts as cold as they were, besides", async () => {
  for (const told of ["echo it\\'s cold", "echo it\\'s cold; exit # so", "(echo it\\'s cold)"]) {
    const [now, cached] = [await before("x-now", cold(told)), await before("x-cached", cold(told))];
    assertEquals(now, { code: 0, stdout: "it's cold\n", isEmptied: true });
    assertEquals(cached, { code: 0, stdout: "it's cold\n", isEmptied: false });
  }
  for (const label of ["x-now", "x-cached"]) {
    const failed = await before(label, cold("exit 9"));
    assertEquals(failed, { code: 9, stdout: "", isEmptied: false });
  }
});

Deno.test("CACHED leaves its own starts alone where all were from the disk", async () => {
  const told = "echo told; echo 3 >/proc/sys/vm/drop_caches";
  assertEquals(await before("x-now", cold(told)), { code: 0, stdout: "told\n", isEmptied: true });
  assertEquals(await before("x-cached", cold(told)), { code: 0, stdout: "", isEmptied: false });
});

Deno.test("coldOf() does to starts of any label what was done to this one", async () => {
  const of = (told: string | undefined, label?: string) =>
    coldOf(sketched({
      ready: 1,
      attributes: {
        ...(told !== undefined && { "coldtrace.cold": told }),
        ...(label !== undefined && { "coldtrace.label": label }),
      },
    }));
  assertEquals(of(undefined), undefined);
  assertEquals(of("rm -rf cache", "a"), "rm -rf cache");
  // Of a trial nothing is left but what it did.
  assertEquals(of(cold(), "x-cached"), undefined);
  const again = of(cold(), "x-now");
  assertEquals(again, "sync; echo 3 >/proc/sys/vm/drop_caches");
  assertEquals(cold(again), cold());
  const own = 'case "$COLDTRACE_LABEL" in "a b") echo one;; "") echo none;; esac';
  assertEquals((await before("x-now", of(own, "a b") ?? "")).stdout, "one\n");
  assertEquals((await before("x-now", of(own) ?? "")).stdout, "none\n");
  const both = of(cold(own), "x-cached") ?? "";
  assertEquals((await before("x-now", both)).isEmptied, false);
});
