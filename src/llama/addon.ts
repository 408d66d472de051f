/**
 * llama.cpp's prebuilt addon, as the packages `@node-llama-cpp/<platform>` carry it: which one
 * this machine needs, where its files are, and why it does not load.
 *
 * @module
 */

/** The one version coldtrace works with: the addon's interface is internal to its project. */
export const ADDON_VERSION = "3.21.1";

/** Where the files of an addon are. */
export interface Addon {
  /** The package's last name, such as `linux-x64`. */
  platform: string;
  /** The package's version. */
  version: string;
  /** The folder with all its libraries: what a child may read and load. */
  folder: string;
  /** The addon itself, in that folder. */
  file: string;
}

/** Options of {@linkcode resolveAddon}. */
export interface ResolveAddonOptions {
  /** Environment variables to add for the process that finds or downloads the package. */
  env?: Record<string, string>;
  /** Stops that process. */
  signal?: AbortSignal;
}

/**
 * Finds the addon of this machine, and downloads its package the first time.
 *
 * A process of its own does that, without the lock file (which would otherwise name one
 * platform for everybody) and outside coldtrace's module graph, so that no other start pays for
 * it. The package goes to Deno's cache (`DENO_DIR`); its place is remembered in `addon.json`
 * and trusted for as long as the file is there. Where `dir` cannot be written, nothing is
 * remembered and every start looks again, which takes about 50 ms.
 *
 * @param dir The data directory, made when missing.
 * @param options Variables for, and an end to, the search.
 * @returns The addon, and whether its place was remembered.
 * @throws {Error} When there is none for this machine, or it cannot be downloaded; one line
 * says why and what to do.
 */
export async function resolveAddon(
  dir: string,
  options: ResolveAddonOptions = {},
): Promise<Addon & { remembered: boolean }> {
  const platform = addonPlatform();
  const memory = `${dir}/addon.json`;
  const remembered = recall(memory, platform);
  if (remembered) return { ...remembered, remembered: true };

  const addon = addonIn(await findBins(platform, options), platform);
  if (!isFile(addon.file)) {
    throw new Error(
      `Cannot load llama.cpp as its package lacks '${addon.file}': remove that package's folder ` +
        "from Deno's cache and start again",
    );
  }
  remember(dir, memory, addon);
  return { ...addon, remembered: false };
}

/**
 * The platform package that a machine needs.
 *
 * @param build The machine. @default {Deno.build}
 * @returns The package's last name.
 * @throws {Error} When there is none.
 */
export function addonPlatform(
  build: Pick<typeof Deno.build, "os" | "arch" | "target"> = Deno.build,
): string {
  const { os, arch, target } = build;
  const platform = PLATFORMS[`${os} ${arch}`];
  if (platform === undefined || target.includes("musl")) {
    const machine = target.includes("musl") ? `${os} ${arch} with musl` : `${os} ${arch}`;
    throw new Error(
      `Cannot load llama.cpp as there is no prebuilt addon for this machine (${machine}): ` +
        "use Linux with glibc, macOS or Windows, on x86_64 or aarch64",
    );
  }
  return platform;
}

/**
 * Why an addon does not load, from what the system's loader says.
 *
 * @param error What was thrown.
 * @returns One line that says what to do.
 */
export function explainLoadError(error: unknown): string {
  const [line = ""] = (error instanceof Error ? error.message : String(error)).split("\n");
  if (/GLIBC(XX)?_[\d.]+' not found/.test(line)) {
    return `Cannot load llama.cpp as this system is too old for it: it needs glibc 2.34 and ` +
      `libstdc++ 6.0.30, as in Debian 12 or Ubuntu 22.04 (${line})`;
  }
  if (/ld-linux|ld-musl|musl|fcntl64|libc\.so\.6/.test(line)) {
    return `Cannot load llama.cpp as this system has no glibc: use a distribution that has, ` +
      `such as Debian 12 or Ubuntu 22.04 (${line})`;
  }
  if (/libstdc\+\+|libgcc_s/.test(line)) {
    return `Cannot load llama.cpp as the C++ runtime is missing: install libstdc++6 (${line})`;
  }
  if (error instanceof Deno.errors.NotCapable) {
    return `Cannot load llama.cpp as it needs --allow-ffi and --allow-read for the addon's ` +
      `folder (${line})`;
  }
  return `Cannot load llama.cpp as its addon does not load: remove its package from Deno's ` +
    `cache and start again (${line})`;
}

const PLATFORMS: { readonly [machine: string]: string } = {
  "linux x86_64": "linux-x64",
  "linux aarch64": "linux-arm64",
  "darwin x86_64": "mac-x64",
  "darwin aarch64": "mac-arm64-metal",
  "windows x86_64": "win-x64",
  "windows aarch64": "win-arm64",
};

function addonIn(bins: string, platform: string): Addon {
  const folder = `${bins}/${platform}`;
  return { platform, version: ADDON_VERSION, folder, file: `${folder}/llama-addon.node` };
}

function packageOf(platform: string): string {
  return `npm:@node-llama-cpp/${platform}@${ADDON_VERSION}`;
}

/** The remembered addon, where it is the right one and still there. */
function recall(memory: string, platform: string): Addon | undefined {
  try {
    const { version, bins } = JSON.parse(Deno.readTextFileSync(memory));
    if (version !== ADDON_VERSION || typeof bins !== "string") return undefined;
    const addon = addonIn(bins, platform);
    return isFile(addon.file) ? addon : undefined;
  } catch {
    return undefined;
  }
}

/** Remembers an addon's place; a directory that cannot be written is no reason not to start. */
function remember(dir: string, memory: string, addon: Addon): void {
  const bins = addon.folder.slice(0, -addon.platform.length - 1);
  const part = `${memory}.${Deno.pid}.part`;
  try {
    Deno.mkdirSync(dir, { recursive: true });
    Deno.writeTextFileSync(part, JSON.stringify({ version: addon.version, bins }) + "\n");
    Deno.renameSync(part, memory);
  } catch {
    // The next start looks again.
  }
}

/** The `bins` folder of a platform's package, from a process that imports the package. */
async function findBins(platform: string, options: ResolveAddonOptions): Promise<string> {
  const specifier = packageOf(platform);
  const program = `import(${JSON.stringify(specifier)})` +
    ".then((addon) => addon.getBinsDir().binsDir)" +
    ".then((bins) => ({ bins }), (error) => ({ error: error.message }))" +
    ".then((answer) => console.log(JSON.stringify(answer)))";
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    // A module of its own: neither a project's configuration nor its packages matter to it.
    // deno-fmt-ignore
    args: [
      "run", "--quiet", "--no-prompt", "--no-config", "--no-lock", "--node-modules-dir=none",
      "--allow-read", `data:text/javascript,${encodeURIComponent(program)}`,
    ],
    env: { ...options.env, NO_COLOR: "1", DENO_NO_PACKAGE_JSON: "1", DENO_NO_UPDATE_CHECK: "1" },
    stdin: "null",
    ...(options.signal && { signal: options.signal }),
  }).output();
  options.signal?.throwIfAborted();
  const answer = parseAnswer(new TextDecoder().decode(stdout));
  if (answer.bins !== undefined) return answer.bins;
  const reason = answer.error ?? new TextDecoder().decode(stderr);
  throw new Error(
    `Cannot load llama.cpp as ${specifier} cannot be downloaded to Deno's cache: ` +
      `${explainDownloadError(specifier, reason)} (${lastLine(reason)})`,
  );
}

function parseAnswer(line: string): { bins?: string; error?: string } {
  try {
    return JSON.parse(line);
  } catch {
    return {};
  }
}

function explainDownloadError(specifier: string, reason: string): string {
  if (/os error (13|20|28|30)|denied|read-only|no space/i.test(reason)) {
    return "set DENO_DIR to a folder that can be written";
  }
  return `run 'deno cache ${specifier}' where there is a network`;
}

/**
 * The most specific line of a message: Deno puts causes under what they caused. The URL of a
 * private registry may hold a password, which is left out.
 */
function lastLine(message: string): string {
  const lines = message.trim().split("\n");
  const line = lines[lines.length - 1]?.trim().replace(/^\d+: /, "") ?? "";
  return line.replace(/:\/\/[^/@\s]+@/g, "://***@");
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
