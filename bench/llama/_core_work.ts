import { importDlopen, loadAddon } from "../../src/llama/core/addon.ts";
import type { Addon } from "../../src/llama/core/addon.ts";
import { createContext, initBackend, loadModel, warmUp } from "../../src/llama/core/load.ts";
import { LlamaLog } from "../../src/llama/core/log.ts";
import { Phases } from "../../src/llama/core/phases.ts";
import { rootContext } from "../../src/trace/context.ts";
import type { TimedTracer } from "./_timed_tracer.ts";

/** Where llama.cpp and its model are, and whether its log is read as a witness of the load. */
export interface CoreWork {
  addon: string;
  model: string;
  readsLog: boolean;
}

/** The start of an engine core, from its first own phase to its last. */
export async function startCore(timed: TimedTracer, work: CoreWork): Promise<void> {
  const phases = new Phases(timed.tracer, rootContext, () => {});
  const dlopen = await phases.run("import modules", "import", importDlopen);
  const addon = await phases.run("load library", "library", () => loadAddon(dlopen, work.addon));
  const log = work.readsLog ? new LlamaLog(addon) : silence(addon);
  const llama = { addon, log, phases };
  await initBackend(llama, work.addon);
  const { signal } = new AbortController();
  const model = await loadModel(llama, { path: work.model, mmap: true, signal });
  const size = { ctxSize: undefined, parallel: 4, threads: 1 };
  const { context } = await createContext(llama, model, size);
  await warmUp(llama, model, context);
}

/** A log that nobody reads. */
function silence(addon: Addon): LlamaLog {
  addon.setLoggerLogLevel(0);
  const nothing = { at: () => undefined, takeFacts: () => ({}), takeError: () => undefined };
  return nothing as unknown as LlamaLog;
}
