import { assertEquals } from "@std/assert";
import { surplus } from "../../src/runs/_retention.ts";

/** Runs as `label/series`, either of which may be empty. */
function removed(keep: number, ...runs: string[]): number[] {
  const numbers = runs.map((_, i) => i);
  return surplus(numbers, keep, (i) => {
    const [label = "", series = ""] = (runs[i] ?? "").split("/");
    return { label: label || undefined, series: series || undefined };
  });
}

Deno.test("surplus() is the oldest runs where none has a label", () => {
  assertEquals(removed(2, "", "", "", ""), [0, 1]);
  assertEquals(removed(4, "", "", "", ""), []);
  assertEquals(removed(0, "", "a"), [0, 1]);
});

Deno.test("surplus() counts each label for itself", () => {
  assertEquals(removed(2, "a", "a", "", "a", "b", "", ""), [0, 2]);
});

Deno.test("surplus() takes no run of a series whose last one stays", () => {
  assertEquals(removed(2, "a/1", "a/1", "a/1", "a/2", "a/2", "a/2"), [0, 1, 2]);
  assertEquals(removed(2, "a/1", "a/1", "a/1"), []);
  // A series in turn has two labels.
  assertEquals(removed(1, "a/1", "b/1", "a/1", "b/1", "b/2"), [1, 3]);
});

Deno.test("surplus() reads nothing where there are few runs", () => {
  assertEquals(
    surplus([1, 2], 2, () => {
      throw new Error("read");
    }),
    [],
  );
});
