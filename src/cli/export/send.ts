import { exportAll } from "../../trace/export_queue.ts";
import {
  type ExportSettings,
  exportSettings,
  readExportSettings,
} from "../../trace/export_settings.ts";
import { fromVariables, settings } from "../../trace/process.ts";
import { UsageError } from "../args.ts";
import { print, printError } from "../output.ts";
import type { RunInput } from "../run_input.ts";

const [ENDPOINT, TRACES_ENDPOINT] = [
  "OTEL_EXPORTER_OTLP_ENDPOINT",
  "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
];
const PROTOCOLS = ["OTEL_EXPORTER_OTLP_PROTOCOL", "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL"];

/**
 * Where to send: to an endpoint, whose scheme decides on the protocol, with headers, certificates
 * and so on as the variables say; without one, all as the variables say.
 *
 * @throws {UsageError} If the endpoint is none, or the variables name none.
 */
export function targetOf(endpoint: string | undefined): ExportSettings {
  if (endpoint === undefined) {
    const target = exportSettings();
    if (target.on) return target;
    throw new UsageError(
      `Cannot export as no endpoint is named: give --send URL, or set ${ENDPOINT}`,
    );
  }
  const isWhole = /^https?:.*\/v1\/traces\/?$/i.test(endpoint);
  const given: Record<string, string | undefined> = {
    [ENDPOINT]: isWhole ? undefined : endpoint,
    [TRACES_ENDPOINT]: isWhole ? endpoint : undefined,
  };
  const target = /^(https?|grpc):\/\/./i.test(endpoint) && fromVariables((read, warn) => {
    const asked = (name: string) => {
      if (name in given) return given[name];
      const value = read(name);
      // One of HTTP's may be asked for, but gRPC has a scheme of its own.
      return PROTOCOLS.includes(name) && value === "grpc" ? undefined : value;
    };
    const always = { ...settings(), disabled: false, exporter: "otlp", byDefault: false } as const;
    return readExportSettings(always, asked, (line) => line.includes(ENDPOINT) || warn(line));
  });
  if (target && target.on) return target;
  const shown = endpoint.replace(/^.*@/, "...@").replace(/\?.*$/s, "");
  throw new UsageError(
    "Cannot export as 'send' must be a URL of http://, https:// or grpc://: " +
      `current value is ${shown === "" ? "''" : shown}`,
  );
}

/** Sends runs, and tells what became of them. The exit code: 0 all are there, 1 not all. */
export async function sendRuns(
  runs: readonly RunInput[],
  target: ExportSettings,
  timeout: number,
): Promise<number> {
  const records = runs.flatMap((run) => run.records);
  const { sent, error } = await exportAll(records, target, timeout);
  const [first, ...others] = runs;
  const what = others.length > 0 ? `${runs.length} runs` : `run '${first?.id ?? first?.path}'`;
  if (error !== undefined) {
    const line = error.replace("Cannot export spans", () => `Cannot export ${what}`);
    printError(`${line} (${sent} of ${records.length} spans sent)\n`);
    return 1;
  }
  print(`Sent ${sent} spans of ${what} to ${describeTarget(target)}\n`);
  return 0;
}

/** Where spans went, less what may be secret: a name, a password, a query. */
function describeTarget({ exporter, endpoint }: ExportSettings): string {
  if (exporter === "console") return "stderr";
  if (!URL.canParse(endpoint)) return endpoint;
  const { protocol, host, pathname } = new URL(endpoint);
  return `${protocol}//${host}${pathname}`;
}
