/** How long a viewer has to say that it cannot, in milliseconds. */
const PATIENCE = 3_000;

/** What opens a file in the program that the user has for it. */
function commandOf(file: string): [string, string[]] {
  if (Deno.build.os === "darwin") return ["open", [file]];
  // The first text in quotes is taken for the title of a window.
  if (Deno.build.os === "windows") return ["cmd", ["/c", "start", "", file]];
  return ["xdg-open", [file]];
}

/**
 * Opens a file in the program that the user has for it, and does not wait for its end: some
 * stay until their window is closed.
 *
 * @param file an absolute path.
 * @returns whether something opened it, as far as can be told.
 */
export async function openInViewer(file: string): Promise<boolean> {
  const [program, args] = commandOf(file);
  const [stdin, stdout, stderr] = ["null", "null", "null"] as const;
  let child;
  try {
    child = new Deno.Command(program, { args, stdin, stdout, stderr }).spawn();
  } catch {
    // There is no such program, or it is not for us to start.
    return false;
  }
  child.unref();
  const { promise: silence, resolve } = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => resolve(true), PATIENCE);
  const isOpened = await Promise.race([child.status.then(({ success }) => success), silence]);
  clearTimeout(timer);
  return isOpened;
}
