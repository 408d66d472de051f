/**
 * Files of any web server.
 *
 * @module
 */
import type { RemoteFile } from "./remote_file.ts";
import type { UrlSource } from "./source.ts";

/**
 * Asks a web server about a file, by its first byte: with a range even servers that compress or
 * stream say the whole size.
 *
 * @param source The file.
 * @param fetch How to ask.
 * @returns Its size and its bytes.
 * @throws {DownloadError} When the server does not give it.
 */
export async function openWebFile(
  source: UrlSource,
  fetch: typeof globalThis.fetch,
): Promise<RemoteFile> {
  const { status, headers, body } = await fetch(source.url, { headers: { range: "bytes=0-0" } });
  await body?.cancel();
  const ranged = status === 206;
  const size = ranged ? headers.get("content-range")?.split("/")[1] : headers.get("content-length");
  const validator = headers.get("etag") ?? headers.get("last-modified") ?? "";
  return {
    size: /^\d+$/.test(size ?? "") ? Number(size) : undefined,
    // A weak validator does not promise the same bytes.
    tag: ranged && !validator.startsWith("W/") ? validator : "",
    read: async (offset) => {
      const response = await fetch(source.url, {
        headers: offset > 0 ? { range: `bytes=${offset}-` } : {},
      });
      return response.body ?? new Blob([]).stream();
    },
  };
}
