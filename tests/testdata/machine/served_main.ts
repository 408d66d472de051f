// deno-lint-ignore-file no-console
/** Prints what is told of a served engine, whose processes have the ids in its arguments. */
import { servedFacts } from "../../../src/start/served_identity.ts";
import { rootContext } from "../../../src/trace/context.ts";
import { newRecord } from "../../../src/trace/new_record.ts";

const [pid = 0, ...others] = Deno.args.map(Number);
const spans = others.map((other) =>
  newRecord("process", rootContext, {
    scope: { name: "test" },
    attributes: { "process.pid": other },
  })
);
console.log(JSON.stringify(await servedFacts(pid, spans)));
