/** This machine and Deno, in one line. */
export async function machine(): Promise<string> {
  const { os, arch } = Deno.build;
  const cores = navigator.hardwareConcurrency;
  const name = await processor();
  return `${name ?? arch}, ${cores} cores, ${os} ${arch}, Deno ${Deno.version.deno}`;
}

/** The processor's name, from whoever knows it on this system. */
async function processor(): Promise<string | undefined> {
  const asked = Deno.build.os === "darwin"
    ? ["sysctl", "-n", "machdep.cpu.brand_string"]
    : ["grep", "-m1", "-E", "^(model name|Model|Hardware)", "/proc/cpuinfo"];
  try {
    const [program = "", ...args] = asked;
    const { stdout } = await new Deno.Command(program, { args, stderr: "null" }).output();
    const text = new TextDecoder().decode(stdout).replace(/^.*?:/, "").trim();
    return text === "" ? undefined : text;
  } catch {
    return undefined;
  }
}
