/**
 * `fetch` as downloads need it: it follows redirects itself, so that a token reaches the host it
 * is for and no other, and it turns every answer that is not the wanted bytes into an error that
 * says whether to try again.
 *
 * @module
 */

/** Why a download does not go on. Its message is one line and holds no token and no query. */
export class DownloadError extends Error {
  override name = "DownloadError";
  /** `no`: it will not work; `resume`: it may, a little later; `restart`: so, from byte 0. */
  readonly retry: "no" | "resume" | "restart";
  /** How long to wait before that, in milliseconds, where the server said so. */
  readonly retryAfter: number | undefined;

  constructor(
    rule: string,
    retry: DownloadError["retry"],
    options: ErrorOptions & { retryAfter?: number | undefined } = {},
  ) {
    super(`Cannot download model as ${rule}`, options);
    this.retry = retry;
    this.retryAfter = options.retryAfter;
  }
}

/** A token, and the one origin that may see it. */
export interface Access {
  /** Scheme, host and port. */
  origin: string;
  /** What the `Authorization` header carries. */
  token: string;
}

/**
 * Makes a `fetch` for one download.
 *
 * @param signal Ends every request and every body.
 * @param access The token to send, if any.
 * @returns A function that resolves to answers with the wanted bytes only.
 */
export function createFetch(signal: AbortSignal, access?: Access): typeof fetch {
  return async (input, init) => {
    const headers = new Headers(init?.headers);
    // Compressed bytes can neither be counted nor resumed.
    headers.set("accept-encoding", "identity");
    const first = new URL(input instanceof Request ? input.url : input);
    let url = first;
    let { method = "GET", body = null } = init ?? {};
    for (let hops = 0; hops <= MAX_REDIRECTS; hops++) {
      if (url.origin === access?.origin) headers.set("authorization", `Bearer ${access.token}`);
      else headers.delete("authorization");
      const response = await send(url, { method, body, headers, signal, redirect: "manual" });
      const location = response.headers.get("location");
      if (!REDIRECTS.has(response.status) || location === null) {
        await check(response, url, first, headers.get("range"));
        return response;
      }
      await response.body?.cancel();
      url = redirected(location, url);
      if (response.status < 307 && method !== "GET") [method, body] = ["GET", null];
    }
    throw new DownloadError(`${first.host} redirects without end`, "no");
  };
}

/** What went wrong, from anything thrown while a body was read or an answer was understood. */
export function asDownloadError(error: unknown, host: string): DownloadError {
  if (error instanceof DownloadError) return error;
  const message = error instanceof Error ? error.message : String(error);
  // The URL of a request may hold a signature.
  const reason = (message.split("\n")[0] ?? "").replace(/\s*(for url )?\(?https?:[^)\s]*\)?/g, "");
  if (error instanceof Deno.errors.NotCapable) {
    return new DownloadError(`${host} may not be reached (${reason})`, "no", { cause: error });
  }
  return new DownloadError(`${host} cannot be reached (${reason})`, "resume", { cause: error });
}

const MAX_REDIRECTS = 10;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);

async function send(url: URL, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, init);
  } catch (error) {
    init.signal?.throwIfAborted();
    throw asDownloadError(error, url.host);
  }
}

function redirected(location: string, from: URL): URL {
  const url = URL.canParse(location, from.href) ? new URL(location, from) : undefined;
  if (url?.protocol === "https:" || url?.protocol === "http:" && from.protocol === "http:") {
    return url;
  }
  throw new DownloadError(`${from.host} redirects to where it is not safe to go`, "no");
}

/** Throws unless the answer is what was asked for; `range` is the request's own header. */
async function check(
  response: Response,
  url: URL,
  first: URL,
  range: string | null,
): Promise<void> {
  const { status, headers } = response;
  const start = Number(/^bytes=(\d+)-/.exec(range ?? "")?.[1] ?? 0);
  if (response.ok) {
    // A server may ignore a range, and then what comes is the file from its first byte.
    if (start === 0 || headers.get("content-range")?.startsWith(`bytes ${start}-`)) return;
    await response.body?.cancel();
    throw new DownloadError(`${url.host} does not continue at byte ${start}`, "restart");
  }
  await response.body?.cancel();
  const answer = `(${status})`;
  if (status === 416) {
    throw new DownloadError(`${url.host} does not have byte ${start} ${answer}`, "restart");
  }
  if (status === 408 || status === 425 || status === 429 || status >= 500) {
    const retryAfter = Number(headers.get("retry-after")) * 1000 || undefined;
    throw new DownloadError(`${url.host} is not able to answer ${answer}`, "resume", {
      retryAfter,
    });
  }
  // Elsewhere than at the first host it is a signed address that has run out: ask for a new one.
  if ((status === 401 || status === 403) && url.origin !== first.origin) {
    throw new DownloadError(`${url.host} refuses access ${answer}`, "resume");
  }
  throw new DownloadError(refusal(status, url.host), "no");
}

function refusal(status: number, host: string): string {
  switch (status) {
    case 401:
    case 403:
      return `${host} refuses access (${status}): check the name, accept the model's terms on ` +
        "its page, and set HF_TOKEN to a token that may read it";
    case 404:
    case 410:
      return `${host} has no such repository, revision or file (${status})`;
    default:
      return `${host} answers ${status}`;
  }
}
