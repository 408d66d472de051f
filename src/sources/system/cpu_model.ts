import { mayReadFiles, procFile } from "./proc_files.ts";

/**
 * What the processor is called: of Linux `model name` in `/proc/cpuinfo`, which ARM's does not have;
 * of macOS `machdep.cpu.brand_string`.
 */
export async function cpuModel(): Promise<string | undefined> {
  if (Deno.build.os === "linux") return mayReadFiles() ? modelIn(procFile("cpuinfo")) : undefined;
  if (Deno.build.os !== "darwin" || !mayRunSysctl()) return undefined;
  try {
    const { stdout } = await new Deno.Command("sysctl", {
      args: ["-n", "machdep.cpu.brand_string"],
      stdin: "null",
      stderr: "null",
    }).output();
    return new TextDecoder().decode(stdout).trim() || undefined;
  } catch {
    return undefined;
  }
}

/** The name of the first processor in the text of `/proc/cpuinfo`. */
export function modelIn(cpuinfo = ""): string | undefined {
  return /^model name\s*: *(\S.*?)\s*$/m.exec(cpuinfo)?.[1];
}

function mayRunSysctl(): boolean {
  return Deno.permissions.querySync({ name: "run", command: "sysctl" }).state === "granted";
}
