/** Whether there is a `script` (util-linux) that makes a terminal for a program. */
export function canMakeTerminal(): boolean {
  try {
    const { stdout } = new Deno.Command("script", { args: ["--version"] }).outputSync();
    return new TextDecoder().decode(stdout).includes("util-linux");
  } catch {
    return false;
  }
}
