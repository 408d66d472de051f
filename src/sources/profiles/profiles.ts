/**
 * The engines that are known, and which one a command starts.
 *
 * @module
 */
import { LLAMA_SERVER } from "./llama_server.ts";
import type { EngineProfile, Recognised } from "./profile.ts";
import { SGLANG } from "./sglang.ts";
import { TRANSFORMERS } from "./transformers.ts";
import { VLLM } from "./vllm.ts";

/** The engines that are known. */
export const PROFILES: readonly EngineProfile[] = [VLLM, SGLANG, LLAMA_SERVER, TRANSFORMERS];

/** An engine, and what its command says of it. */
export interface Found {
  /** What is known of engines of its kind. */
  readonly profile: EngineProfile;
  /** What the command says; absent where it is not clear. */
  readonly recognised?: Recognised;
}

/** Arguments with which a program starts nothing. */
const ASKING = ["--help", "-h", "--version"];

/**
 * Finds out which engine a command starts.
 *
 * @param command The program and its arguments.
 * @param id The `id` of the profile, where somebody says which engine it is.
 * @returns The engine; `undefined` where it is none that is known.
 */
export function findEngine(command: readonly string[], id?: string): Found | undefined {
  if (id === undefined && command.some((arg) => ASKING.includes(arg))) return undefined;
  for (const profile of PROFILES) {
    if (id !== undefined && profile.id !== id) continue;
    const recognised = profile.recognise(command);
    if (recognised !== undefined) return { profile, recognised };
    if (id !== undefined) return { profile };
  }
  return undefined;
}

/**
 * Where an engine is asked from this machine.
 *
 * @returns Its base URL, without a slash at the end; `undefined` where it listens nowhere, or
 * nobody knows where.
 */
export function baseUrlOf({ recognised }: Found): string | undefined {
  if (recognised?.port === undefined || recognised.port === 0) return undefined;
  const { host = "localhost", port, tls } = recognised;
  return `${tls ? "https" : "http"}://${host.includes(":") ? `[${host}]` : host}:${port}`;
}
