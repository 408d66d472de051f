/**
 * Which revision of a model's repository is on this machine.
 *
 * @module
 */
import { processVariable } from "../trace/process.ts";
import type { RecordAttributes } from "../trace/record.ts";

/** A commit, as Git and the hub write it. */
const COMMIT = /^[0-9a-f]{40}$/;

/**
 * Finds the commit that a model's name stands for, in the cache of `huggingface_hub`.
 *
 * The cache is `HF_HUB_CACHE`, else `hub` in `HF_HOME`, else `~/.cache/huggingface/hub`; in it
 * `models--OWNER--NAME/refs/REVISION` holds the commit that was downloaded last for a branch or a tag
 * (huggingface_hub, "Understand caching"; the layout of version 0.8 and later).
 *
 * @param model The name, `OWNER/NAME`; of a folder or a file nothing is known.
 * @param revision A branch, a tag or a commit. @default {"main"}
 * @returns `coldtrace.engine.model_revision`, the commit; nothing where it is not known.
 */
export function snapshotFacts(model: unknown, revision: unknown = "main"): RecordAttributes {
  if (typeof model !== "string" || typeof revision !== "string") return {};
  if (!/^[\w.-]+\/[\w.-]+$/.test(model) || COMMIT.test(revision) || revision.includes("..")) {
    return {};
  }
  const cache = cacheFolder();
  if (cache === undefined) return {};
  try {
    const folder = `${cache}/models--${model.replace("/", "--")}`;
    const commit = Deno.readTextFileSync(`${folder}/refs/${revision}`).trim();
    return COMMIT.test(commit) ? { "coldtrace.engine.model_revision": commit } : {};
  } catch {
    return {};
  }
}

function cacheFolder(): string | undefined {
  const home = processVariable("HF_HOME") ||
    folderIn(processVariable("XDG_CACHE_HOME") || folderIn(processVariable("HOME"), ".cache"));
  return processVariable("HF_HUB_CACHE") || (home && `${home}/hub`);
}

function folderIn(folder: string | undefined, name = "huggingface"): string | undefined {
  return folder ? `${folder}/${name}` : undefined;
}
