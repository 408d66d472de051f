import { mayReadFiles } from "./proc_files.ts";

/** The graphics processors that a machine has, or a container is given. */
export interface Gpus {
  /** What each is called, in the order of their addresses. */
  readonly models: readonly string[];
  /** The version of their driver. */
  readonly driver?: string;
}

/**
 * Finds NVIDIA's and AMD's by the files of their drivers; no program is asked, which can take
 * seconds. Source: NVIDIA's "Using the /proc File System Interface", the kernel's "AMDGPU driver
 * information" (`product_name`, which not every card has).
 *
 * @param root Where the file system is. @default {""}
 * @returns `undefined` where there is none.
 */
export function readGpus(root = ""): Gpus | undefined {
  if (Deno.build.os !== "linux" || !mayReadFiles()) return undefined;
  return nvidia(`${root}/proc/driver/nvidia`) ?? amd(`${root}/sys`);
}

function nvidia(folder: string): Gpus | undefined {
  const files = names(`${folder}/gpus`).map((address) => `${folder}/gpus/${address}/information`);
  const models = files.map((file) => /^Model:\s*(\S.*?)\s*$/m.exec(text(file))?.[1]);
  // Of the proprietary module and of the open one, which says `for x86_64` after these words.
  const [, driver] = /Kernel Module(?: for \S+)? +(\d[\d.]*)/.exec(text(`${folder}/version`)) ?? [];
  return found(models, driver);
}

function amd(folder: string): Gpus | undefined {
  const cards = names(`${folder}/class/drm`).filter((name) => /^card\d+$/.test(name));
  const models = cards.map((card) => text(`${folder}/class/drm/${card}/device/product_name`));
  return found(models.map((model) => model.trim()), text(`${folder}/module/amdgpu/version`).trim());
}

function found(all: readonly (string | undefined)[], driver: string | undefined): Gpus | undefined {
  const models = all.filter((model) => model !== undefined && model !== "") as string[];
  if (models.length === 0) return undefined;
  return { models, ...(driver && { driver }) };
}

function names(folder: string): string[] {
  try {
    return Array.from(Deno.readDirSync(folder), ({ name }) => name)
      .sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
  } catch {
    return [];
  }
}

function text(file: string): string {
  try {
    return Deno.readTextFileSync(file);
  } catch {
    return "";
  }
}
