import { assertEquals } from "@std/assert";
import { formatDuration, formatDurations } from "../../src/show/duration.ts";

Deno.test("formatDuration() changes its unit at a second and at a minute", () => {
  const written: [bigint, string][] = [
    [0n, "0.0 ms"],
    [49_999n, "0.0 ms"],
    [50_000n, "0.1 ms"],
    [84_912_345n, "84.9 ms"],
    [999_949_999n, "999.9 ms"],
    [999_950_000n, "1.00 s"],
    [1_234_567_890n, "1.23 s"],
    [59_994_999_999n, "59.99 s"],
    [59_995_000_000n, "1 min 00.0 s"],
    [123_449_999_999n, "2 min 03.4 s"],
    [3_600_000_000_000n, "60 min 00.0 s"],
    [-1_500_000n, "-1.5 ms"],
  ];
  for (const [ns, text] of written) assertEquals(formatDuration(ns), text);
});

Deno.test("formatDurations() rounds so that what is written adds up", () => {
  // Each by itself would be 0.3 ms, which is 0.9 ms in all.
  assertEquals(formatDurations([333_333n, 333_333n, 333_334n]), {
    parts: ["0.3 ms", "0.3 ms", "0.4 ms"],
    total: "1.0 ms",
  });
});

Deno.test("formatDurations() writes all in the unit of the total", () => {
  assertEquals(formatDurations([1_000_000n, 999_000_000n]), {
    parts: ["0.001 s", "0.999 s"],
    total: "1.000 s",
  });
  assertEquals(formatDurations([1_000_000n, 998_900_000n]).total, "999.9 ms");
  assertEquals(formatDurations([143_421_000_000n]).total, "143.421 s");
});

Deno.test("formatDurations() writes nothing as zero", () => {
  assertEquals(formatDurations([]), { parts: [], total: "0.0 ms" });
});
