/**
 * Observes the start of a program: `observe_main.ts OPTIONS FILE PROGRAM [ARGS]`. When the start is
 * over, FILE has its spans, and `over` is on stderr; it ends with the program.
 */
import { encodeTraces } from "../../../src/otlp/json.ts";
import { PROFILES } from "../../../src/sources/profiles/profiles.ts";
import { observeStart, type Until } from "../../../src/start/observed_start.ts";
import { Witnesses } from "../../../src/start/witnesses.ts";

/** How to observe it. */
export interface ObserveOptions {
  readonly until: Until;
  /** The `id` of a profile. */
  readonly engine?: string;
  readonly readyUrl?: string;
  readonly readyLine?: string;
  /** Whether somebody has told it to end. */
  readonly wasToldToEnd?: boolean;
}

const [json = "", file = "", ...command] = Deno.args;
const options: ObserveOptions = JSON.parse(json);
const { until, engine, readyUrl, readyLine, wasToldToEnd = false } = options;
await using witnesses = await Witnesses.open({
  profile: PROFILES.find(({ id }) => id === engine),
  receive: false,
  forward: false,
  readyUrl,
  readyLine: readyLine === undefined ? undefined : new RegExp(readyLine),
  isBrief: until === "exec",
  unseen: [],
  warn() {},
});
witnesses.wasToldToEnd = wasToldToEnd;
const { program, over } = observeStart({
  engine: "an engine",
  command,
  witnesses,
  until,
  reads: "all",
  ignored: [],
  attributes: { "coldtrace.label": "test" },
  service: "engine",
});
const { records, isReady, isGood } = await over;
Deno.writeTextFileSync(file, encodeTraces(records));
Deno.stderr.writeSync(new TextEncoder().encode(`over ${isReady} ${isGood}\n`));
Deno.exitCode = (await program.status).code;
