import { ProbeError } from "./folder.ts";
import probe from "../python_probe.py" with { type: "text" };
import site from "../python_probe_site.py" with { type: "text" };
import type { ProbeFunction } from "../profiles/profile.ts";

/** What the probe does in the processes that it is in. */
export interface ProbePlan {
  /** Whether it times imports alone, or functions and child programs too. */
  readonly mode: "imports" | "functions";
  /** The functions of the engine. */
  readonly functions: readonly ProbeFunction[];
  /** How long an import has to take to be told, in milliseconds. @default {10} */
  readonly floorMs?: number | undefined;
  /** The function, `module:qualname`, whose end means that the start is over, where no one says. */
  readonly ready?: string | undefined;
}

/** How the folder of the code begins; what follows is of what is in it. */
export const CODE_PREFIX = "coldtrace-probe-";
/** How the folder of the records of one start begins. */
export const START_PREFIX = "start-";

/**
 * Puts the probe's code into a folder of its own in `dir`, named by what is in it: it is the same
 * for all starts with one plan, and never changed or removed, since an engine needs it for life.
 *
 * @returns The folder, for PYTHONPATH.
 * @throws {ProbeError} If it cannot be written.
 */
export function writeCode(dir: string, plan: ProbePlan): string {
  const files = {
    "sitecustomize.py": site,
    "coldtrace_probe.py": probe,
    "functions.txt": listOf(plan),
  };
  const path = `${dir}/${CODE_PREFIX}${digestOf(Object.values(files).join("\0"))}`;
  if (holds(path, files)) return path;
  const making = Deno.makeTempDirSync({ dir, prefix: ".making-" });
  try {
    for (const [name, text] of Object.entries(files)) {
      Deno.writeTextFileSync(`${making}/${name}`, text, { mode: 0o600, createNew: true });
    }
    Deno.renameSync(making, path);
  } catch (error) {
    Deno.removeSync(making, { recursive: true });
    // Somebody else may have made it in the meantime.
    if (holds(path, files)) return path;
    throw new ProbeError(
      `Cannot keep the probe in '${dir}' as it cannot be written: ${(error as Error).message}`,
    );
  }
  return path;
}

/** The plan as the probe reads it: settings, and functions with a tab between their parts. */
function listOf({ mode, functions, floorMs = 10, ready }: ProbePlan): string {
  const rows = mode === "functions" ? functions : [];
  const isListed = rows.some(({ where }) => where === ready);
  const lines = rows.map(({ where, name, phase, kind }) => [where, name, phase, kind]);
  if (ready !== undefined && !isListed) lines.push([ready, "start server", "http", "work"]);
  const settings = [`mode=${mode}`, `floor_ns=${Math.round(floorMs * 1e6)}`];
  if (ready !== undefined) settings.push(`ready=${ready}`);
  return [...settings, ...lines.map((line) => line.join("\t"))].join("\n") + "\n";
}

function holds(path: string, files: Readonly<Record<string, string>>): boolean {
  try {
    return Object.entries(files).every(([name, text]) =>
      Deno.readTextFileSync(`${path}/${name}`) === text
    );
  } catch {
    return false;
  }
}

/** A short name for a text: FNV-1a in 32 bits, twice; what has the name is compared all the same. */
function digestOf(text: string): string {
  const bytes = new TextEncoder().encode(text);
  return [0x811c9dc5, 0x01000193].map((seed) => {
    let hash = seed;
    for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
    return (hash >>> 0).toString(16).padStart(8, "0");
  }).join("");
}
