/** Imports nothing: what a process of this Deno costs by itself, with one more module. */
import "./_empty.ts";
