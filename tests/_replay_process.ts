/** A replayed engine as a process, for tests of the replay and of what watches it. */

/** The folder of a recorded start. */
export function captureFolder(name: string): string {
  return new URL(`testdata/captures/${name}`, import.meta.url).pathname;
}

/** The arguments with which `deno` replays a recorded start. */
export function replayArgs(name: string, ...options: (string | number)[]): string[] {
  const main = new URL("replay.ts", import.meta.url).href;
  const flags = ["run", "--quiet", "--no-prompt", "--no-config", "--no-lock", "-A"];
  return [...flags, main, captureFolder(name), ...options.map(String)];
}

/** A port on which nobody listened just now. */
export function freePort(): number {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  return port;
}
