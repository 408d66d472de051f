/**
 * The part of the `@node-llama-cpp/<platform>` 3.21.1 addon that the engine core calls.
 *
 * The addon is the native half of node-llama-cpp and has no promise of stability, so its
 * version is pinned exactly; tests/llama/core/addon_test.ts holds these names to the binary.
 * Everything here blocks or runs in native threads, none of it prints once a logger is set.
 *
 * @module
 */

/** What the addon exports. */
export interface Addon {
  AddonModel: new (path: string, options: ModelOptions) => AddonModel;
  AddonContext: new (model: AddonModel, options: ContextOptions) => AddonContext;
  AddonSampler: new (model: AddonModel) => AddonSampler;
  AddonJinjaRenderer: new (template: string) => AddonJinjaRenderer;
  /** Notes that it is in use; true when it was before. */
  markLoaded(): boolean;
  /** Levels: 1 fatal, 2 error, 3 warning, 4 info, 5 log, 6 debug. Called on the main thread. */
  setLogger(logger?: (level: number, message: string) => void): void;
  setLoggerLogLevel(level: number): void;
  /** Loads the backends built in, or with a folder those that lie there. */
  loadBackends(folder?: string): void;
  /** `undefined`: no backend is loaded; `false`: the CPU. */
  getGpuType(): string | false | undefined;
  init(): Promise<void>;
}

export interface ModelOptions {
  addonExports: Addon;
  gpuLayers: number;
  vocabOnly: boolean;
  useMmap: boolean;
  hasLoadAbortSignal?: boolean;
  /** Told the share of the tensors' bytes that is loaded, 0 to 1, after each tensor. */
  onLoadProgress?(share: number): void;
}

export interface AddonModel {
  /** False when the file cannot be used; the reason is only logged. Using it then crashes. */
  init(): Promise<boolean>;
  abortActiveModelLoad(): void;
  tokenize(text: string, parseSpecial: boolean): Uint32Array;
  detokenize(tokens: Uint32Array, special?: boolean): string;
  getTrainContextSize(): number;
  /** Bytes of all tensors. */
  getTotalSize(): number;
  getTotalParameters(): number;
  /** -1 where the vocabulary has none, as with the other special tokens. */
  tokenBos(): number;
  tokenEos(): number;
  getTokenString(token: number): string;
  isEogToken(token: number): boolean;
  shouldPrependBosToken(): boolean;
}

export interface ContextOptions {
  /** Tokens of all sequences together. */
  contextSize: number;
  batchSize: number;
  sequences: number;
  flashAttention: boolean | "auto";
  threads: number;
}

export interface AddonContext {
  /** False when the memory cannot be had; the reason is only logged. */
  init(): Promise<boolean>;
  /** Starts a batch of at most `size` tokens; throws beyond the context's `batchSize`. */
  initBatch(size: number): void;
  /** Returns, for each of `logits` (indexes into `tokens`), where its logits will be. */
  addToBatch(
    sequence: number,
    position: number,
    tokens: Uint32Array,
    logits: Uint32Array,
  ): Uint32Array;
  decodeBatch(): Promise<void>;
  /** -1 when there is nothing to choose from. */
  sampleToken(logit: number, sampler: AddonSampler): Promise<number>;
  /** Forgets a sequence; never while a batch is being decoded. */
  disposeSequence(sequence: number): void;
}

export interface AddonSampler {
  dispose(): void;
  applyConfig(config: SamplerConfig): void;
}

export interface SamplerConfig {
  temperature: number;
  topP?: number;
  seed: number;
  repeatPenalty: number;
  repeatPenaltyTokens: Uint32Array;
  repeatPenaltyPresencePenalty: number;
  repeatPenaltyFrequencyPenalty: number;
}

export interface AddonJinjaRenderer {
  /** Throws what the template raises. */
  render(values: Record<string, unknown>): string;
}

/** Node's `process.dlopen`, which fills `module.exports`. */
export type Dlopen = (module: { exports: unknown }, path: string) => void;

/**
 * Finds Node's loader of native addons, the only one that Deno has for them. Of the two ways
 * to it, `node:process` is cheaper to load than `node:module` (measured: 11 ms against 15).
 */
export async function importDlopen(): Promise<Dlopen> {
  const process = (await import("node:process")).default as unknown as { dlopen: Dlopen };
  return process.dlopen;
}

/** Loads the addon and the libraries beside it (libllama, libggml) from `folder`. */
export function loadAddon(dlopen: Dlopen, folder: string): Addon {
  const module: { exports: unknown } = { exports: {} };
  dlopen(module, `${folder}/llama-addon.node`);
  const addon = module.exports as Addon;
  addon.markLoaded();
  return addon;
}
