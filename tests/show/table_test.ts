import { assert, assertEquals } from "@std/assert";
import { table } from "../../src/show/table.ts";
import { widthOf } from "../../src/show/width.ts";

Deno.test("table() aligns numbers on the right and text on the left", () => {
  const cells = [["1.0 ms", "boot", "core"], ["10.0 ms", "import"]];
  assertEquals(
    table(cells, { align: ["right", "left", "left"] }),
    "   1.0 ms  boot    core\n  10.0 ms  import\n",
  );
});

Deno.test("table() aligns by columns when characters are wide", () => {
  assertEquals(
    table([["加载", "x"], ["ab", "y"]], { align: ["left", "left"] }),
    "  加载  x\n  ab    y\n",
  );
});

Deno.test("table() cuts the longest text when a line would be too long", () => {
  const long = "n".repeat(100);
  const text = table([["1.0 ms", long, "engine core"]], { align: ["right", "left", "left"] });
  const line = text.trimEnd();
  assertEquals(widthOf(line), 80);
  assert(line.endsWith("n…  engine core"), line);
  assert(line.startsWith("  1.0 ms  nnn"), line);
});

Deno.test("table() keeps numbers whole when there is no room", () => {
  const text = table([["123456789.0 ms", "process"]], { align: ["right", "left"], width: 12 });
  assertEquals(text, "  123456789.0 ms  process\n");
});

Deno.test("table() replaces control characters in cells", () => {
  assertEquals(table([["a\nb\x1b"]], { align: ["left"] }), "  a\ufffdb\ufffd\n");
});

Deno.test("table() is empty when there are no lines", () => {
  assertEquals(table([], { align: ["left"] }), "");
});
