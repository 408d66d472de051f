/**
 * What coldtrace's own engine is, where `serve` runs behind another program and tells its start in a
 * run of its own.
 *
 * @module
 */
import type { RecordAttributes, SpanRecord } from "../trace/record.ts";
import { modelSizeFacts } from "./model_size.ts";
import { baseName } from "./profiles/command_line.ts";

/** The program of the API server, as `serve` starts it. */
const API_SERVER = /[/\\]api_main\.ts$/;
/** The package of the addon that it is to load, in Deno's cache. */
const ADDON = /[/\\]@node-llama-cpp[/\\][^/\\]+[/\\](\d[^/\\]*)[/\\]/;

/**
 * Reads what the engine is from the command of its API server.
 *
 * @param spans Those of the processes of a start, with `process.command_args`.
 * @returns `coldtrace.engine.version` and `.model` as `serve` tells them of its own starts, and the
 * size of the model's file; nothing where none of the processes is such a server.
 */
export function embeddedEngineFacts(spans: readonly SpanRecord[]): RecordAttributes {
  for (const { attributes } of spans) {
    const args = attributes["process.command_args"];
    if (!Array.isArray(args)) continue;
    const at = args.findIndex((arg) => API_SERVER.test(String(arg)));
    if (at === -1) continue;
    const valueOf = (option: string) => {
      const place = args.indexOf(option, at);
      return place === -1 ? undefined : String(args[place + 1]);
    };
    const version = ADDON.exec(valueOf("--addon") ?? "")?.[1];
    const model = valueOf("--model");
    return {
      ...(version !== undefined && { "coldtrace.engine.version": `node-llama-cpp ${version}` }),
      ...(model !== undefined &&
        { "coldtrace.engine.model": isPath(model) ? baseName(model) : model }),
      ...modelSizeFacts(model),
    };
  }
  return {};
}

/** Whether it is a file, of which `serve` hands on where it really is. */
function isPath(model: string): boolean {
  return /^(?:[/\\]|[A-Za-z]:[/\\])/.test(model);
}
