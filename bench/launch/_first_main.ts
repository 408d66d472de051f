// deno-lint-ignore-file no-console
/** The first start of a process by this one, which loads what it takes: prints its milliseconds. */
import { type Spawner, SPAWNERS } from "./_spawn.ts";

const name = (Deno.args[0] ?? "Deno.Command") as Spawner;
console.log(JSON.stringify({ time: await SPAWNERS[name]() }));
