// Nothing: what a process of this Deno costs by itself.
