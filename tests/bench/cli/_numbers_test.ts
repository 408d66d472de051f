import { assertEquals, assertThrows } from "@std/assert";
import { numbers } from "../../../bench/cli/_numbers.ts";

Deno.test("numbers() keeps the presets of what is not given", () => {
  const presets = { speed: 1, pairs: 3 };
  assertEquals(numbers([], presets), presets);
  assertEquals(numbers(["--pairs", "12"], presets), { speed: 1, pairs: 12 });
  assertEquals(numbers(["--pairs", "1", "--speed", "2.5"], presets), { speed: 2.5, pairs: 1 });
});

Deno.test("numbers() throws when an option is unknown, or none of the numbers", () => {
  const wrong = [["--size", "1"], ["pairs"], ["--pairs"], ["--pairs", "no"], ["--pairs", "0"]];
  for (const args of wrong) {
    assertThrows(() => numbers(args, { pairs: 3 }), Error, "usage: [--pairs 3]");
  }
});
