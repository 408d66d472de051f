/**
 * Files of the Hugging Face Hub, through its own client `@huggingface/hub`, which is loaded when
 * the first of them is asked for.
 *
 * @module
 */
import config from "../../../deno.json" with { type: "json" };
import { type Access, DownloadError } from "./_request.ts";
import type { RemoteFile } from "./remote_file.ts";
import type { HubSource } from "./source.ts";

/**
 * The hub's address, from `HF_ENDPOINT`.
 *
 * @param env The environment.
 * @returns A URL without a slash at its end. @default {"https://huggingface.co"}
 * @throws {DownloadError} When the variable holds no web address.
 */
export function hubEndpoint(env: Record<string, string>): string {
  const value = env.HF_ENDPOINT?.trim() || "https://huggingface.co";
  if (!/^https?:\/\//.test(value) || !URL.canParse(value)) {
    throw new DownloadError("HF_ENDPOINT must be a URL that begins with https://", "no");
  }
  return value.replace(/\/+$/, "");
}

/**
 * The token for the hub, from `HF_TOKEN`.
 *
 * @param env The environment.
 * @returns The token and the origin it is for, or `undefined` without one.
 */
export function hubAccess(env: Record<string, string>): Access | undefined {
  const token = env.HF_TOKEN?.trim();
  return token ? { token, origin: new URL(hubEndpoint(env)).origin } : undefined;
}

/**
 * Whether `HF_HUB_OFFLINE` forbids asking the hub; the words are those of its Python client.
 *
 * @param env The environment.
 * @returns Whether it does.
 */
export function isHubOffline(env: Record<string, string>): boolean {
  return /^(1|on|yes|true)$/i.test(env.HF_HUB_OFFLINE?.trim() ?? "");
}

/**
 * Asks the hub about a file.
 *
 * @param source The file.
 * @param env The environment.
 * @param fetch How to ask; it brings the token.
 * @returns Its size, its checksum and its bytes.
 * @throws {DownloadError} When the hub does not have it or does not give it.
 */
export async function openHubFile(
  source: HubSource,
  env: Record<string, string>,
  fetch: typeof globalThis.fetch,
): Promise<RemoteFile> {
  const { downloadFile, pathsInfo } = await importHub();
  const place = {
    repo: { type: "model", name: source.repo } as const,
    revision: source.revision,
    hubUrl: hubEndpoint(env),
    fetch,
  };
  const [info] = await pathsInfo({ ...place, paths: [source.file] });
  // Not over xet, the hub's own protocol: its plain bytes can be resumed and are the same.
  const path = source.file.split("/").map(encodeURIComponent).join("/");
  const blob = info?.type === "file" ? await downloadFile({ ...place, path, xet: false }) : null;
  if (!info || !blob) {
    throw new DownloadError(`${source.repo} has no file '${source.file}'`, "no");
  }
  const hex = info.lfs?.oid ?? info.oid;
  return {
    size: blob.size,
    tag: hex ?? "",
    ...(hex && { checksum: { algorithm: info.lfs ? "sha256" : "git-sha1", hex } }),
    read: (offset) => Promise.resolve(blob.slice(offset).stream()),
  };
}

/** What is used of `@huggingface/hub`. Its types would be downloaded with this module. */
interface Hub {
  pathsInfo(
    params: Place & { paths: string[] },
  ): Promise<{ type: string; oid?: string; lfs?: { oid: string } }[]>;
  downloadFile(params: Place & { path: string; xet: false }): Promise<Blob | null>;
}

interface Place {
  repo: { type: "model"; name: string };
  revision: string;
  hubUrl: string;
  fetch: typeof fetch;
}

/** Computed, or the package would be downloaded with every import of this module. */
async function importHub(): Promise<Hub> {
  const specifier = config.imports["@huggingface/hub"];
  try {
    return await import(specifier);
  } catch (error) {
    throw new DownloadError(
      `the hub's client cannot be loaded: run 'deno cache ${specifier}' where there is a network`,
      "no",
      { cause: error },
    );
  }
}
