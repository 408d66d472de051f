/**
 * Importing `mod.ts`: whole processes that import it and end, against an empty module,
 * OpenTelemetry's API, and its SDK with an exporter.
 *
 * @module
 */
import { type Import, type ImportConditions, Imports } from "./_imports.ts";
import { benchWith } from "./_permissions.ts";
import { Rounds } from "./_rounds.ts";

const WHAT: Record<Import, string> = {
  empty: "an empty module",
  mod: "mod.ts",
  api: "@opentelemetry/api",
  sdk: "SDK and OTLP exporter",
};
const CONDITIONS: ImportConditions[] = [
  { warm: true, lock: true },
  { warm: true, lock: false },
  { warm: false, lock: true },
  { warm: false, lock: false },
];

let imports: Imports | undefined;

function open(): Imports {
  const opened = new Imports();
  addEventListener("unload", () => opened[Symbol.dispose]());
  return opened;
}

const what = Object.keys(WHAT) as Import[];

benchWith(
  ["run", "read", "write", "env"],
  "importing mod.ts",
  CONDITIONS.flatMap((conditions) => {
    const cache = conditions.warm ? "warm" : "empty";
    const group = `import: ${cache} cache, ${conditions.lock ? "with" : "without"} a lock`;
    // An empty cache is filled from the registry, which should not be asked too often.
    const rounds = new Rounds(what, (imported) => {
      imports ??= open();
      imports.prepare(imported, conditions);
      return Promise.resolve({ time: imports.run(imported, conditions) });
    }, conditions.warm ? 12 : 1);
    return what.map((imported) =>
      rounds.bench("time", imported, {
        name: WHAT[imported],
        group,
        baseline: imported === "empty",
      })
    );
  }),
);
