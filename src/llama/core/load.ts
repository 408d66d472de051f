import type { Addon, AddonContext, AddonModel } from "./addon.ts";
import type { LlamaLog } from "./log.ts";
import type { Phases } from "./phases.ts";

/** How often the share of the weights that is loaded is told, in ms. */
const PROGRESS_INTERVAL = 50;

/** llama.cpp, and who watches it. */
export interface Llama {
  addon: Addon;
  log: LlamaLog;
  phases: Phases;
}

/** What llama.cpp could not do; the message is its own. */
export class LlamaError extends Error {
  override name = "LlamaError";
}

/** Loads the backends beside the addon; of several for one CPU, ggml takes the best. */
export function initBackend({ addon, log, phases }: Llama, folder: string): Promise<void> {
  return phases.run("init backend", "backend", async (span) => {
    addon.loadBackends();
    // Nothing is built in where the backends are libraries of their own.
    if (addon.getGpuType() === undefined) addon.loadBackends(folder);
    await addon.init();
    const gpu = addon.getGpuType();
    if (gpu === undefined) throw failure(log, "Cannot init backend", "none runs on this CPU");
    span.setAttributes({ "llama.backend": gpu === false ? "cpu" : gpu, ...log.takeFacts() });
  });
}

/** How a model is loaded. */
export interface LoadOptions {
  path: string;
  mmap: boolean;
  signal: AbortSignal;
}

/** Loads the weights, and in the course of it the tokenizer's vocabulary, which is parsed once. */
export function loadModel(llama: Llama, options: LoadOptions): Promise<AddonModel> {
  const { addon, log, phases } = llama;
  const { path, mmap, signal } = options;
  const file = path.replace(/^.*[/\\]/, "");
  return phases.run("load weights", "weights", async (span) => {
    const began = performance.now();
    const model = new addon.AddonModel(path, {
      addonExports: addon,
      gpuLayers: 0,
      vocabOnly: false,
      useMmap: mmap,
      hasLoadAbortSignal: true,
      onLoadProgress: throttled((share) => phases.progress("weights", share)),
    });
    const abort = () => model.abortActiveModelLoad();
    signal.addEventListener("abort", abort, { once: true });
    const loaded = await model.init().catch(() => false);
    signal.removeEventListener("abort", abort);
    signal.throwIfAborted();
    if (!loaded) throw failure(log, "Cannot load model", "it gave no reason");
    const ended = performance.now();
    phases.part("read metadata", began, log.at("metadata"));
    phases.part("load tokenizer", log.at("metadata"), log.at("vocabulary"), {
      "coldtrace.phase": "tokenizer",
    });
    phases.part("read tensors", log.at("tensors"), ended);
    const bytes = model.getTotalSize();
    const seconds = (ended - (log.at("tensors") ?? began)) / 1000;
    span.setAttributes({
      "llama.model.parameters": model.getTotalParameters(),
      "llama.weights.bytes": bytes,
      "llama.weights.bytes_per_second": Math.round(bytes / seconds),
      ...log.takeFacts(),
    });
    return model;
  }, { "llama.model.file": file, "llama.mmap": mmap });
}

/** How much a context holds. */
export interface ContextSize {
  /** Tokens of one request; by default what the model was trained for, at most 2,048. */
  ctxSize: number | undefined;
  parallel: number;
  threads: number;
}

/** A context, and what fits in it. */
export interface LoadedContext {
  context: AddonContext;
  /** Tokens of one request. */
  contextSize: number;
  batchSize: number;
}

const DEFAULT_CONTEXT = 2048;
const BATCH = 256;

/** Allocates the KV cache and reserves the compute graph: one call of llama.cpp. */
export function createContext(
  { addon, log, phases }: Llama,
  model: AddonModel,
  size: ContextSize,
): Promise<LoadedContext> {
  const { parallel, threads } = size;
  const trained = model.getTrainContextSize();
  const contextSize = size.ctxSize ?? Math.min(trained, DEFAULT_CONTEXT);
  const batchSize = Math.max(parallel, Math.min(BATCH, contextSize));
  return phases.run("allocate KV cache", "kv_cache", async (span) => {
    const began = performance.now();
    const context = new addon.AddonContext(model, {
      contextSize: contextSize * parallel,
      batchSize,
      sequences: parallel,
      flashAttention: "auto",
      threads,
    });
    if (!await context.init().catch(() => false)) {
      throw failure(log, "Cannot create context", "it gave no reason");
    }
    const facts = log.takeFacts();
    // Its own duration is exact; lines in a row may arrive together.
    const reserved = log.at("reserved");
    const took = Number(facts["llama.graph.reserve_ms"]);
    phases.part("reserve graph", reserved && Math.max(began, reserved - took), reserved, {
      "coldtrace.phase": "graph_reserve",
    });
    span.setAttributes(facts);
    return { context, contextSize, batchSize };
  }, {
    "llama.context.size": contextSize,
    "llama.context.trained": trained,
    "llama.parallel": parallel,
    "llama.batch.size": batchSize,
    "llama.threads": threads,
  });
}

/**
 * Decodes two tokens at once and one alone, then forgets them: pages of the weights are
 * touched (with mmap, read from the disk only now) and both shapes of the graph are run.
 */
export function warmUp(
  { phases }: Llama,
  model: AddonModel,
  context: AddonContext,
): Promise<void> {
  const token = [model.tokenBos(), model.tokenEos(), 0].find((token) => token >= 0) ?? 0;
  return phases.run("warm up", "warmup", async () => {
    for (const [position, length] of [[0, 2], [2, 1]] as const) {
      context.initBatch(length);
      context.addToBatch(
        0,
        position,
        new Uint32Array(length).fill(token),
        Uint32Array.of(length - 1),
      );
      await context.decodeBatch();
    }
    context.disposeSequence(0);
  }, { "llama.warmup.tokens": 3 });
}

/** The first error that llama.cpp logged is the cause, those after it are its consequences. */
function failure(log: LlamaLog, action: string, otherwise: string): LlamaError {
  return new LlamaError(`${action} as llama.cpp failed: ${log.takeError() ?? otherwise}`);
}

function throttled(tell: (share: number) => void): (share: number) => void {
  let last = performance.now();
  return (share) => {
    const now = performance.now();
    if (now - last < PROGRESS_INTERVAL) return;
    last = now;
    tell(share);
  };
}
