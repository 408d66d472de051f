import { baseName } from "../../sources/profiles/command_line.ts";
import { baseUrlOf, findEngine, type Found } from "../../sources/profiles/profiles.ts";
import { dataDirectory, joinPath } from "../../runs/data_dir.ts";
import type { ObservedStartOptions, Until } from "../../start/observed_start.ts";
import { Witnesses, type WitnessesOptions } from "../../start/witnesses.ts";
import { processVariable } from "../../trace/process.ts";
import type { RecordAttributes } from "../../trace/record.ts";
import { redactArgs } from "../../trace/redact.ts";
import { UsageError } from "../args.ts";
import type { RunFilesOptions } from "../run_files.ts";
import type { Variant } from "./variants.ts";

/** What `run` was told. */
export interface RunOptions {
  readonly engine: string | undefined;
  readonly "ready-url": string | undefined;
  readonly "ready-log": string | undefined;
  readonly until: Until | undefined;
  readonly probe: "off" | "imports" | "functions" | undefined;
  readonly logs: boolean;
  readonly intercept: boolean;
  readonly stop: boolean;
  readonly times: number | undefined;
  readonly label: string | undefined;
  readonly interleave: readonly string[];
  readonly cold: string | undefined;
  readonly warm: boolean;
  readonly quiet: boolean;
  readonly json: string | undefined;
  readonly dir: string | undefined;
}

/** How each start is made, and what is done after it. */
export interface RunPlan {
  /** Whether the engine is stopped when its start is over. */
  readonly stop: boolean;
  readonly start: Omit<ObservedStartOptions, "witnesses" | "openRuns" | "ignored">;
  readonly files: RunFilesOptions;
  /** Where it answers when it is ready, if that is known. */
  readonly readyUrl: string | undefined;
  /** Those who watch a start, anew for each. */
  readonly witnesses: () => Promise<Witnesses>;
}

/** Whether there are to be several starts, or one that is to be compared with others. */
export function isSeries({ times, interleave, cold, warm }: RunOptions): boolean {
  return times !== undefined || interleave.length > 0 || cold !== undefined || warm;
}

/**
 * Decides, from what was asked for and what the command shows, how an engine is started.
 *
 * @throws {UsageError} If what was asked for makes no sense.
 */
export function planRun(
  options: RunOptions,
  { label, command, env }: Variant,
  warn: (line: string) => void,
): RunPlan {
  const found = findEngine(command, options.engine);
  const { profile, recognised } = found ?? {};
  const stop = options.stop || isSeries(options);
  const readyUrl = checkUrl(options["ready-url"]) ?? urlOf(found);
  const readyLine = checkLine(options["ready-log"]);
  const canTell = readyUrl !== undefined || readyLine !== undefined;
  const canAsk = readyUrl !== undefined && profile?.readiness?.firstToken !== undefined;
  const preset: Until = !canTell ? "exec" : stop && canAsk ? "first-token" : "ready";
  const until = options.until ?? preset;
  if (until !== "exec" && !canTell) {
    throw new UsageError(
      `Cannot run as 'until' must be exec where nothing tells when the engine is ready: ` +
        `give --engine, --ready-url or --ready-log`,
    );
  }
  if (until === "first-token" && !canAsk) {
    throw new UsageError(
      `Cannot run as 'until' must be exec or ready for an engine that nobody knows how to ask ` +
        `for a token: current value is first-token`,
    );
  }
  const mode = options.probe ?? (profile?.python ? stop ? "functions" : "imports" : "off");
  const probe = mode === "off" ? undefined : { mode, dir: probeFolder(options.dir) };
  const engine = profile?.name ?? baseName(command[0] ?? "");
  const attributes: RecordAttributes = {
    ...recognised?.facts,
    ...(until === "exec" && { "coldtrace.until": until }),
    "coldtrace.probe": mode,
    ...optionAttributes(options),
    ...(label !== undefined && { "coldtrace.label": label }),
    ...variableAttributes(env),
  };
  // What the command says is what the engine does.
  const { endpoint = namedEndpoint() } = recognised ?? {};
  if (recognised?.endpoint !== undefined) nameEndpoint(endpoint, profile?.otlp?.protocol);
  const watchers: WitnessesOptions = {
    profile,
    recognised,
    probe,
    receive: profile?.otlp !== undefined && (endpoint === undefined || options.intercept),
    forward: endpoint !== undefined,
    readyUrl,
    readyLine,
    isBrief: until === "exec",
    unseen: unseenOf(engine, {
      isUntold: until === "exec" && !canTell,
      isApart: recognised?.tracesRequests === true && !options.intercept,
      outOfReach: recognised?.outOfReach,
    }),
    warn,
  };
  return {
    stop,
    start: {
      engine,
      command,
      env,
      until,
      // What is not looked at is better left alone.
      reads: options.logs || readyLine ? "all" : until === "exec" ? "none" : "pipes",
      attributes,
      service: profile?.id ?? engine,
    },
    files: { dir: options.dir, stored: true, file: undefined, warnOfData: warn, warn },
    readyUrl,
    witnesses: () => Witnesses.open(watchers),
  };
}

/** What a repetition has to be told again, as arguments, without secrets. */
function optionAttributes(options: RunOptions): RecordAttributes {
  const texts = ["engine", "ready-url", "ready-log", "until", "probe"] as const;
  const flags = ["logs", "intercept"] as const;
  const args = [
    ...texts.flatMap((name) => {
      const value = options[name];
      // Joined to it where the name would pass for an option.
      return value === undefined
        ? []
        : value.startsWith("-")
        ? [`--${name}=${value}`]
        : [`--${name}`, value];
    }),
    ...flags.filter((name) => options[name]).map((name) => `--${name}`),
  ];
  return args.length === 0 ? {} : { "coldtrace.run.options": redactArgs(args) };
}

/** Variables of a command, without secrets, by OpenTelemetry's name for them. */
function variableAttributes(env: Readonly<Record<string, string>>): RecordAttributes {
  const all = Object.entries(env).map(([name, value]) => {
    const [redacted = ""] = redactArgs([`${name}=${value}`]);
    return [`process.environment_variable.${name}`, redacted.slice(name.length + 1)];
  });
  return Object.fromEntries(all);
}

/** What nobody can see of a start, each as a line for people. */
function unseenOf(
  engine: string,
  { isUntold, isApart, outOfReach }: {
    readonly isUntold: boolean;
    readonly isApart: boolean;
    readonly outOfReach: string | undefined;
  },
): string[] {
  const untold = `Nothing tells when '${engine}' is ready, so what follows is not seen: ` +
    `give --engine, --ready-url or --ready-log`;
  // In this one, each later request would join it.
  const apart = "The engine's own spans are in a trace of their own, as it traces requests: " +
    "see --intercept";
  return [
    ...(isUntold ? [untold] : []),
    ...(isApart ? [apart] : []),
    ...(outOfReach === undefined ? [] : [outOfReach]),
  ];
}

function urlOf(found: Found | undefined): string | undefined {
  const base = found && baseUrlOf(found);
  const path = found?.profile.readiness?.path;
  return base === undefined || path === undefined ? undefined : base + path;
}

function checkUrl(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const url = URL.parse(text);
  if (url?.protocol === "http:" || url?.protocol === "https:") return text;
  throw new UsageError(
    `Cannot run as 'ready-url' must be an http or https URL: current value is ${text}`,
  );
}

function checkLine(text: string | undefined): RegExp | undefined {
  if (text === undefined) return undefined;
  try {
    return new RegExp(text);
  } catch {
    throw new UsageError(
      `Cannot run as 'ready-log' must be a regular expression: current value is ${text}`,
    );
  }
}

/** Where spans are sent, as the environment says it. */
function namedEndpoint(): string | undefined {
  return processVariable("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") ||
    processVariable("OTEL_EXPORTER_OTLP_ENDPOINT") || undefined;
}

/** Our spans go where the engine's go, which its command says, by the protocol that it uses. */
function nameEndpoint(endpoint = "", protocol = "http/protobuf"): void {
  Deno.env.set("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", endpoint);
  const isSaid = processVariable("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL") ||
    processVariable("OTEL_EXPORTER_OTLP_PROTOCOL");
  if (!isSaid) Deno.env.set("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", protocol);
}

function probeFolder(dir: string | undefined): string {
  const data = dataDirectory(dir);
  return data === undefined ? "" : joinPath(data, "probe");
}
