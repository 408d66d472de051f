/**
 * The engines that are known, and which one a command starts.
 *
 * @module
 */
import { commandsIn } from "./command_line.ts";
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
  /** What the command says, or what holds where it does not. */
  readonly recognised: Recognised;
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
  const candidates = PROFILES.filter((profile) => id === undefined || profile.id === id);
  for (const part of commandsIn(command)) {
    for (const profile of candidates) {
      const recognised = profile.recognise(part);
      const isAsking = id === undefined && part.some((arg) => ASKING.includes(arg));
      if (recognised !== undefined && !isAsking) return { profile, recognised };
    }
  }
  const [named] = id === undefined ? [] : candidates;
  // What is not said is as the engine has it by default.
  return named && { profile: named, recognised: { ...named.address } };
}

/**
 * Where an engine is asked from this machine.
 *
 * @returns Its base URL, without a slash at the end; `undefined` where it listens nowhere, or
 * nobody knows where.
 */
export function baseUrlOf({ recognised }: Found): string | undefined {
  if (recognised.port === undefined || recognised.port === 0) return undefined;
  const { host = "localhost", port, tls } = recognised;
  return `${tls ? "https" : "http"}://${host.includes(":") ? `[${host}]` : host}:${port}`;
}
