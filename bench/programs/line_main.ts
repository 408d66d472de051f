// deno-lint-ignore-file no-console
/** A program that traces, as one that is worth launching may: prints a line and ends. */
import "../../mod.ts";

console.log("here");
