/**
 * `coldtrace runs`: the stored runs, and what can be done to them.
 *
 * @module
 */
import { advice, UsageError, type Verb } from "./args.ts";
import { list } from "./runs/list.ts";

/** What stands behind `runs`, loaded when it is called. */
const VERBS: Readonly<Record<string, () => Promise<Verb>>> = {
  list: () => Promise.resolve(list),
  show: async () => (await import("./runs/show.ts")).show,
  label: async () => (await import("./runs/change.ts")).label,
  remove: async () => (await import("./runs/change.ts")).remove,
  prune: async () => (await import("./runs/change.ts")).prune,
};

/** Lists runs, or does to them what the next word says. */
export const verb: Verb = {
  help: list.help,
  async run(args) {
    const [first, ...rest] = args;
    const isHelp = first === "--help" || first === "-h";
    // coldtrace help runs label
    const [name, ...own] = isHelp && rest.length > 0 ? [rest[0], first] : [first, ...rest];
    if (name === undefined || name.startsWith("-")) return await list.run(args);
    if (!Object.hasOwn(VERBS, name)) {
      const known = Object.keys(VERBS);
      throw new UsageError(`Cannot runs as '${name}' is no verb: ${advice(name, known, "runs")}`);
    }
    const load = VERBS[name] as typeof VERBS[string];
    return await (await load()).run(own);
  },
};
