/** A folder in which the probe cannot be. */
export class ProbeError extends Error {
  /** The name of this class. */
  override name = "ProbeError";
}

const isWindows = Deno.build.os === "windows";

/**
 * Makes a folder that nobody but this user, and root, can put anything into: what is in it runs in
 * the engine's processes. That no other user can write to it is not enough, as who can write to a
 * folder above can put another one in its place; a shared temporary folder is such a one, sticky or
 * not. A group may write that has its user's own number, as many systems give each user a group.
 *
 * @returns Its absolute path, without symbolic links.
 * @throws {ProbeError} If it cannot be made, or others can write to it or to a folder above.
 */
export function privateFolder(dir: string): string {
  const refuse = (why: string) => new ProbeError(`Cannot keep the probe in '${dir}' as ${why}`);
  let path: string;
  let own: number | null;
  try {
    if (dir === "") throw new Deno.errors.NotFound("no folder is given");
    checkExisting(dir, refuse);
    Deno.mkdirSync(dir, { recursive: true, mode: 0o700 });
    path = Deno.realPathSync(dir);
    own = ownUser(path);
  } catch (error) {
    if (error instanceof ProbeError) throw error;
    throw refuse(`it cannot be written: ${(error as Error).message}`);
  }
  if (path.includes(isWindows ? ";" : ":")) {
    throw refuse("PYTHONPATH cannot hold a path with its separator in it");
  }
  for (const above of [path, ...foldersAbove(path)]) {
    const info = Deno.statSync(above);
    if (isShared(info)) throw refuse(`other users can write to '${above}'`);
    if (info.uid && info.uid !== own) throw refuse(`'${above}' belongs to another user`);
  }
  return path;
}

/** Looks before anything is made: nothing is left in a folder that others share. */
function checkExisting(dir: string, refuse: (why: string) => ProbeError): void {
  for (const above of [dir, ...foldersAbove(dir)]) {
    try {
      if (isShared(Deno.statSync(above))) throw refuse(`other users can write to '${above}'`);
      return;
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
}

/** Where there are no modes, folders have lists of who may what, which are not looked at. */
function isShared({ mode, uid, gid }: Deno.FileInfo): boolean {
  if (mode === null) return false;
  return (mode & 0o002) !== 0 || (mode & 0o020) !== 0 && gid !== uid;
}

/** This user's number, seen at a file, for which no permission is needed that writing does not. */
function ownUser(path: string): number | null {
  const probe = Deno.makeTempFileSync({ dir: path, prefix: ".owner-" });
  try {
    return Deno.statSync(probe).uid;
  } finally {
    Deno.removeSync(probe);
  }
}

/** The folders above one, the nearest first. */
function foldersAbove(path: string): string[] {
  const above: string[] = [];
  for (let at = path;;) {
    const cut = Math.max(at.lastIndexOf("/"), isWindows ? at.lastIndexOf("\\") : -1);
    if (cut < 0) return above;
    at = at.slice(0, cut);
    above.push(at === "" || isWindows && at.endsWith(":") ? `${at}/` : at);
    if (at === "") return above;
  }
}
