/**
 * A local server that behaves as the Hugging Face Hub's documented API does for the files of a
 * model repository: `POST /api/models/REPO/paths-info/REVISION`, and `GET
 * /REPO/resolve/REVISION/FILE`, which sends large files to a second server with signed
 * addresses. That one refuses a request with a token, as object stores do.
 *
 * @module
 */

/** A file of the repository. */
export interface HubFile {
  content: Uint8Array<ArrayBuffer>;
  /** Kept by git itself (small files), not in the large-file storage. */
  plain?: boolean;
  /** Announced instead of the true checksum. */
  sha256?: string;
}

/** What the next requests for a file's bytes get instead; `undefined` is the true answer. */
export type Fault =
  | { status: number; headers?: Record<string, string>; body?: string }
  /** The right answer, broken off after so many bytes. */
  | { cut: number }
  /** The right answer, which stays silent after so many bytes. */
  | { hang: number }
  /** The whole file with status 200, whatever range was asked for. */
  | { noRange: true }
  | undefined;

/** A request that a server saw. */
export interface SeenRequest {
  server: "hub" | "storage";
  method: string;
  path: string;
  range: string | null;
  token: string | null;
}

export interface HubServerOptions {
  /** By `OWNER/REPO@REVISION/FILE`. */
  files: Record<string, HubFile>;
  /** Without it the repositories are private. */
  token?: string;
}

/** A running hub. */
export class HubServer implements AsyncDisposable {
  readonly seen: SeenRequest[] = [];
  /** Faults of the storage server (for plain files: of the hub), the next one first. */
  readonly faults: Fault[] = [];
  /** Faults of the hub's API, likewise. */
  readonly apiFaults: Fault[] = [];
  readonly #options: HubServerOptions;
  readonly #hub: Deno.HttpServer<Deno.NetAddr>;
  readonly #storage: Deno.HttpServer<Deno.NetAddr>;
  readonly #hanging = new Set<ReadableStreamDefaultController>();

  constructor(options: HubServerOptions) {
    this.#options = options;
    const listen = { hostname: "127.0.0.1", port: 0, onListen: () => {} };
    this.#hub = Deno.serve(listen, (request) => this.#answerHub(request));
    this.#storage = Deno.serve(listen, (request) => this.#answerStorage(request));
  }

  get url(): string {
    return `http://127.0.0.1:${this.#hub.addr.port}`;
  }

  get storageHost(): string {
    return `127.0.0.1:${this.#storage.addr.port}`;
  }

  /** Requests for a file's bytes; the hub's client also asks for the first byte alone. */
  get reads(): SeenRequest[] {
    return this.seen.filter((r) => r.method === "GET" && r.range !== "bytes=0-0");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const controller of this.#hanging) controller.error(new Error("closed"));
    await Promise.all([this.#hub.shutdown(), this.#storage.shutdown()]);
  }

  #answerHub(request: Request): Response | Promise<Response> {
    const { pathname } = this.#note(request, "hub");
    const { token } = this.#options;
    if (token !== undefined && request.headers.get("authorization") !== `Bearer ${token}`) {
      return json({ error: "Invalid username or password." }, 401, "RepoNotFound");
    }
    const info = /^\/api\/models\/([^/]+\/[^/]+)\/paths-info\/([^/]+)$/.exec(pathname);
    if (info && request.method === "POST") return this.#pathsInfo(info, request);
    const resolve = /^\/([^/]+\/[^/]+)\/resolve\/([^/]+)\/(.+)$/.exec(pathname);
    if (resolve && request.method === "GET") return this.#resolve(resolve, request);
    return json({ error: "Not Found" }, 404);
  }

  async #pathsInfo(match: RegExpExecArray, request: Request): Promise<Response> {
    const { paths }: { paths: string[] } = await request.json();
    const fault = this.apiFaults.shift();
    if (fault) return faulty(fault);
    const [, repo, revision] = match.map(decodeURIComponent);
    const known = Object.keys(this.#options.files);
    if (!known.some((key) => key.startsWith(`${repo}@`))) {
      return json({ error: "Repository not found" }, 404, "RepoNotFound");
    }
    if (!known.some((key) => key.startsWith(`${repo}@${revision}/`))) {
      return json({ error: `Invalid rev id: ${revision}` }, 404, "RevisionNotFound");
    }
    const infos = paths.map(async (path) => {
      const file = this.#options.files[`${repo}@${revision}/${path}`];
      if (!file) return [];
      const size = file.content.length;
      if (file.plain) return [{ type: "file", path, size, oid: await gitOid(file.content) }];
      const lfs = { oid: await sha256(file), size, pointerSize: 134 };
      return [{ type: "file", path, size, oid: "0".repeat(40), lfs, xetHash: "1".repeat(64) }];
    });
    return json((await Promise.all(infos)).flat(), 200);
  }

  async #resolve(match: RegExpExecArray, request: Request): Promise<Response> {
    const [, repo, revision, path] = match.map(decodeURIComponent);
    const key = `${repo}@${revision}/${path}`;
    const file = this.#options.files[key];
    if (!file) return json({ error: "Entry not found" }, 404, "EntryNotFound");
    if (file.plain) return this.#content(file, request, `"${await gitOid(file.content)}"`);
    const etag = `"${await sha256(file)}"`;
    const linked = { "x-linked-etag": etag, "x-linked-size": String(file.content.length) };
    // A client that says it knows xet gets told where the chunks are, not the bytes.
    if (request.headers.get("accept")?.includes("application/vnd.xet-fileinfo+json")) {
      const link = `<${this.url}/xet/a>; rel="xet-auth", ` +
        `<${this.url}/xet/r>; rel="xet-reconstruction-info"`;
      const type = { "content-type": "application/vnd.xet-fileinfo+json" };
      return new Response("{}", { headers: { ...linked, ...type, link, "x-xet-hash": "1" } });
    }
    const location = `http://${this.storageHost}/${encodeURIComponent(key)}?Signature=s3cret`;
    return new Response(null, { status: 302, headers: { ...linked, location } });
  }

  #answerStorage(request: Request): Response {
    const { pathname, searchParams } = this.#note(request, "storage");
    const file = this.#options.files[decodeURIComponent(pathname.slice(1))];
    if (request.headers.has("authorization") || searchParams.get("Signature") !== "s3cret") {
      return new Response("<Error>InvalidArgument</Error>", { status: 400 });
    }
    if (!file) return new Response("<Error>NoSuchKey</Error>", { status: 404 });
    return this.#content(file, request, '"an-etag-of-the-storage"');
  }

  /** The bytes of a file, or the range of them that was asked for. */
  #content({ content }: HubFile, request: Request, etag: string): Response {
    const fault = request.headers.get("range") === "bytes=0-0" ? undefined : this.faults.shift();
    if (fault && "status" in fault) return faulty(fault);
    const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.get("range") ?? "");
    const start = Number(range?.[1] ?? 0);
    const end = Math.min(content.length, range?.[2] ? Number(range[2]) + 1 : content.length);
    const headers = { etag, "content-type": "application/octet-stream" };
    if (start >= content.length) return new Response(null, { status: 416, headers });
    if (!range || fault && "noRange" in fault) {
      return new Response(this.#body(content, fault), {
        headers: { ...headers, "content-length": String(content.length) },
      });
    }
    return new Response(this.#body(content.subarray(start, end), fault), {
      status: 206,
      headers: {
        ...headers,
        "content-length": String(end - start),
        "content-range": `bytes ${start}-${end - 1}/${content.length}`,
      },
    });
  }

  #body(bytes: Uint8Array<ArrayBuffer>, fault: Fault): BodyInit {
    if (fault && "cut" in fault) {
      return new ReadableStream({
        // Ending before the announced length makes the server break the connection.
        start: (controller) => {
          controller.enqueue(bytes.subarray(0, fault.cut));
          controller.close();
        },
      });
    }
    if (fault && "hang" in fault) {
      let mine: ReadableStreamDefaultController;
      return new ReadableStream({
        start: (controller) => {
          this.#hanging.add(mine = controller);
          controller.enqueue(bytes.subarray(0, fault.hang));
        },
        cancel: () => void this.#hanging.delete(mine),
      });
    }
    return bytes;
  }

  #note(request: Request, server: SeenRequest["server"]): URL {
    const url = new URL(request.url);
    this.seen.push({
      server,
      method: request.method,
      path: url.pathname,
      range: request.headers.get("range"),
      token: request.headers.get("authorization"),
    });
    return url;
  }
}

function faulty(fault: NonNullable<Fault>): Response {
  if (!("status" in fault)) throw new TypeError("the API has only faults with a status");
  return new Response(fault.body ?? "", {
    status: fault.status,
    headers: fault.headers ?? {},
  });
}

function json(value: unknown, status: number, error?: string): Response {
  return Response.json(value, { status, headers: error ? { "x-error-code": error } : {} });
}

async function sha256(file: HubFile): Promise<string> {
  return file.sha256 ??
    new Uint8Array(await crypto.subtle.digest("SHA-256", file.content)).toHex();
}

/** How git names a file's content. */
async function gitOid(content: Uint8Array<ArrayBuffer>): Promise<string> {
  const head = new TextEncoder().encode(`blob ${content.length}\0`);
  const blob = new Uint8Array([...head, ...content]);
  return new Uint8Array(await crypto.subtle.digest("SHA-1", blob)).toHex();
}
