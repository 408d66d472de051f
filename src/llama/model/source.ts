/**
 * What the value of `--model` means, and where a downloaded model is kept.
 *
 * @module
 */

/** A file of this machine. */
export interface FileSource {
  kind: "file";
  /** Its path, as it was given. */
  path: string;
}

/** A file of a repository on the Hugging Face Hub, or a hub with its API. */
export interface HubSource {
  kind: "hub";
  /** `OWNER/REPO`. */
  repo: string;
  /** A branch, a tag or a commit. */
  revision: string;
  /** The file's path in the repository. */
  file: string;
}

/** A file that a web server has. */
export interface UrlSource {
  kind: "url";
  /** An `https:` URL, or an `http:` one of this machine. */
  url: string;
}

/** Where a model comes from. */
export type ModelSource = FileSource | HubSource | UrlSource;

/**
 * Reads a value of `--model`: the path of a GGUF file, `hf:OWNER/REPO[@REVISION]/FILE.gguf`, or
 * an https URL. The address of a file's page on huggingface.co counts as the former: its own
 * content would be a web page.
 *
 * @param value The value.
 * @returns What it means; nothing is looked up.
 * @throws {TypeError} When it is none of them; one line says what it must be.
 */
export function parseModelSource(value: string): ModelSource {
  if (value.trim() === "") throw refused("it must not be empty", value);
  if (value.startsWith("hf:")) return parseHub(value.slice(3).replace(/^\/\//, ""), value);
  // One letter and a colon is a drive of Windows.
  if (!/^[a-z][a-z0-9+.-]+:/i.test(value)) return { kind: "file", path: value };
  return parseUrl(value);
}

/**
 * A source in words that may be shown and stored: no query, which may hold a signature.
 *
 * @param source The source.
 * @returns What it was written as, less its secrets.
 */
export function describeModelSource(source: ModelSource): string {
  switch (source.kind) {
    case "file":
      return source.path;
    case "hub": {
      const revision = source.revision === MAIN ? "" : `@${source.revision}`;
      return `hf:${source.repo}${revision}/${source.file}`;
    }
    case "url":
      return redact(source.url);
  }
}

/**
 * Where a model's file is or will be on this machine.
 *
 * @param source The source.
 * @param dir The folder for models.
 * @returns The path: a file's own, or one below `dir` that no other source has.
 */
export function modelPath(source: ModelSource, dir: string): string {
  switch (source.kind) {
    case "file":
      return source.path;
    case "hub": {
      const repo = source.repo.replace("/", "--");
      return `${dir}/hf/${repo}/${encodeURIComponent(source.revision)}/${source.file}`;
    }
    case "url": {
      const { protocol, host, pathname, search } = new URL(source.url);
      const folders = pathname.split("/").slice(0, -1);
      const name = pathname.split("/").at(-1) ?? "";
      // What else tells URLs apart may be a secret, and no file name: its hash does.
      const rest = fnv1a(`${protocol}${search}`);
      const file = `${name.replace(/\.gguf$/i, "") || "model"}-${rest}.gguf`;
      return [dir, "url", host, ...folders.filter((folder) => folder !== ""), file]
        .map((part, i) => i === 0 ? part : part.replace(/[^\w.%~-]/g, "_")).join("/");
    }
  }
}

/** The revision that is meant where none is named. */
const MAIN = "main";
const HUB_HOSTS = ["huggingface.co", "hf.co"];
/** One part of a model that was split over several files. */
const SPLIT = /-\d{5}-of-\d{5}\.gguf$/i;

function parseHub(name: string, value: string): HubSource {
  // A revision with a slash is written with %2F, but for those that the hub makes itself.
  const match = /^([^/]+\/[^/@]+)(?:@(refs\/(?:pr\/\d+|convert\/\w+)|[^/]+))?\/(.+)$/.exec(name);
  const [, repo = "", revision, file = ""] = match ?? [];
  return hubSource(repo, revision === undefined ? MAIN : decode(revision), file, value);
}

function hubSource(repo: string, revision: string, file: string, value: string): HubSource {
  const parts = [...repo.split("/"), ...revision.split("/"), ...file.split("/")];
  if (!/^[\w.-]+\/[\w.-]+$/.test(repo) || !/\.gguf$/i.test(file) || !parts.every(isPlain)) {
    throw refused("'hf:' must be followed by OWNER/REPO[@REVISION]/FILE.gguf", value);
  }
  return whole({ kind: "hub", repo, revision, file }, file, value);
}

function parseUrl(value: string): ModelSource {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  const secure = url?.protocol === "https:" || url?.protocol === "http:" && isLoopback(url);
  if (!url || !secure) {
    throw refused(
      "it must be a GGUF file, hf:OWNER/REPO[@REVISION]/FILE.gguf or an https URL",
      value,
    );
  }
  if (url.username || url.password) {
    throw refused("a URL must not hold a name or a password", value);
  }
  const page = /^\/([^/]+\/[^/]+)\/(?:blob|resolve)\/([^/]+)\/(.+)$/.exec(url.pathname);
  if (page && HUB_HOSTS.includes(url.host)) {
    const [, repo = "", revision = "", file = ""] = page.map(decode);
    return hubSource(repo, revision, file, value);
  }
  url.hash = "";
  return whole({ kind: "url", url: url.href }, url.pathname, value);
}

/** Refuses a part of a split model: the others would have to be fetched with it. */
function whole<T extends ModelSource>(source: T, file: string, value: string): T {
  if (SPLIT.test(file)) {
    throw refused("a split model must be downloaded by hand, all its parts in one folder", value);
  }
  return source;
}

/** Undoes the percent encoding; what is none becomes empty, which nothing accepts. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return "";
  }
}

/** Whether part of a path names something in its folder, on every system. */
function isPlain(part: string): boolean {
  // deno-lint-ignore no-control-regex -- what no file name should have
  return part !== "" && part !== "." && part !== ".." && !/[\0-\x1f\x7f\\:*?"<>|]/.test(part);
}

function isLoopback(url: URL): boolean {
  return /^(localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname);
}

function refused(rule: string, value: string): TypeError {
  return new TypeError(`Cannot use model as ${rule}: current value is '${redact(value)}'`);
}

/** A value as it may be shown: without a query, a fragment, a name or a password. */
function redact(value: string): string {
  return value.replace(/^([a-z][a-z0-9+.-]+:\/\/)([^/?#]*@)?([^?#]*).*$/is, "$1$3");
}

/** FNV-1a of 32 bits, as 8 hexadecimal digits. */
function fnv1a(text: string): string {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) {
    hash = Math.imul(hash ^ byte, 0x01000193);
  }
  return (hash >>> 0).toString(16).padStart(8, "0");
}
