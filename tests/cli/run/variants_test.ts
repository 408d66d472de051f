import { assertEquals, assertThrows } from "@std/assert";
import { UsageError } from "../../../src/cli/args.ts";
import { variantsOf } from "../../../src/cli/run/variants.ts";

Deno.test("variantsOf() gives one command the label that it has, or none", () => {
  for (const label of [undefined, "any text"]) {
    assertEquals(variantsOf({ label, interleave: [] }, ["x"]), [{
      label,
      command: ["x"],
      env: {},
    }]);
  }
});

Deno.test("variantsOf() names commands that are started in turn", () => {
  const interleave = ["B=x --y=1", "new-one=K='v w' 'x y'"];
  assertEquals(variantsOf({ label: undefined, interleave }, ["x"]), [
    { label: "A", command: ["x"], env: {} },
    { label: "B", command: ["x", "--y=1"], env: {} },
    { label: "new-one", command: ["x y"], env: { K: "v w" } },
  ]);
  assertEquals(variantsOf({ label: "B", interleave: ["A=x"] }, ["x"]).map(({ label }) => label), [
    "B",
    "A",
  ]);
});

Deno.test("variantsOf() throws where a name is none, or that of another", () => {
  for (const text of ["", "x", "=x", "a b=x", "a,b=x", "a/b=x", "-a=x"]) {
    const fails = () => variantsOf({ label: "A", interleave: [text] }, ["x"]);
    assertThrows(fails, UsageError, "Cannot run as 'interleave' must be NAME=CMD");
  }
  for (const interleave of [["A=x"], ["B=x", "B=y"]]) {
    const fails = () => variantsOf({ label: undefined, interleave }, ["x"]);
    assertThrows(fails, UsageError, "Cannot run as names of commands must differ");
  }
  assertThrows(
    () => variantsOf({ label: "A", interleave: ["B="] }, ["x"]),
    UsageError,
    "Cannot run as 'interleave' must have a program to run",
  );
});
