import { assertEquals } from "@std/assert";
import { jsonAttributes } from "../../src/show/json_value.ts";

Deno.test("jsonAttributes() keeps what JSON can hold, and writes the rest as text", () => {
  assertEquals(
    jsonAttributes({
      text: "a",
      number: 1.5,
      yes: true,
      nothing: null,
      large: 2n ** 60n,
      never: NaN,
      bytes: new Uint8Array([1, 2, 255]),
      list: [1, 2n, ["x"]],
      map: { inner: 3n },
    }),
    {
      text: "a",
      number: 1.5,
      yes: true,
      nothing: null,
      large: "1152921504606846976",
      never: "NaN",
      bytes: "AQL/",
      list: [1, "2", ["x"]],
      map: { inner: "3" },
    },
  );
});
