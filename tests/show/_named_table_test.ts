import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { namedTable } from "../../src/show/_named_table.ts";

Deno.test("namedTable() puts a name above its numbers where there is no room beside them", () => {
  const long = "unattributed in process ".padEnd(70, "x");
  assertEquals(
    namedTable([["name", "a", "b"], ["total", "1.00", "2.00"], [long, "10.00", "same"]], [
      "right",
      "left",
    ]),
    `  name       a  b
  total   1.00  2.00
  ${long}
         10.00  same
`,
  );
});

Deno.test("namedTable() puts all names above where there is hardly room for any", () => {
  const wide = "9".repeat(90);
  assertEquals(
    namedTable([["ms", "a"], ["total", wide], ["import (Worker)", "1"]], ["right"]),
    `  ms
    ${"a".padStart(90)}
  total
    ${wide}
  import (Worker)
    ${"1".padStart(90)}
`,
  );
});

Deno.test("namedTable() has each name as a whole, in 100 columns", () => {
  const name = fc.stringMatching(/^[a-z()_.]{1,96}$/);
  const cell = fc.stringMatching(/^[0-9.+-]{0,20}$/);
  fc.assert(fc.property(
    fc.array(fc.tuple(name, cell, cell, cell), { minLength: 1, maxLength: 6 }),
    (cells) => {
      const lines = namedTable(cells, ["right", "right", "left"]).split("\n");
      for (const line of lines) assert(line.length <= 100, line);
      for (const [name] of cells) {
        assert(lines.some((line) => line === `  ${name}` || line.startsWith(`  ${name} `)), name);
      }
    },
  ));
});
