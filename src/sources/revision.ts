/**
 * The revision of what is started, where it is started in a Git repository.
 *
 * @module
 */
import type { RecordAttributes } from "../trace/record.ts";

/**
 * Asks Git, in a process of its own, about the current folder.
 *
 * `vcs.ref.head.revision` is the commit that is checked out, `coldtrace.vcs.dirty` whether a file
 * that Git knows differs from it. Nothing is written, and no program that the repository names is
 * run to watch files.
 *
 * @param deadline How long Git may take, in milliseconds.
 * @param folder The folder. @default {"."}
 * @returns Nothing where there is no Git, no repository, no commit, no permission, or no answer in
 * time; it never rejects.
 */
export async function revisionFacts(deadline: number, folder = "."): Promise<RecordAttributes> {
  const { state } = Deno.permissions.querySync({ name: "run", command: "git" });
  if (state !== "granted") return {};
  try {
    const { success, stdout } = await new Deno.Command("git", {
      args: ["--no-optional-locks", "-c", "core.fsmonitor=false", "status", ...STATUS],
      cwd: folder,
      stdin: "null",
      stderr: "null",
      signal: AbortSignal.timeout(deadline),
    }).output();
    return success ? factsIn(new TextDecoder().decode(stdout)) : {};
  } catch {
    return {};
  }
}

const STATUS = ["--porcelain=v2", "--branch", "--untracked-files=no"];

/** `# branch.oid COMMIT`, more lines with `#`, and one for each file that differs (git-status(1)). */
function factsIn(status: string): RecordAttributes {
  const commit = /^# branch\.oid ([0-9a-f]{40,})$/m.exec(status)?.[1];
  if (commit === undefined) return {};
  return { "vcs.ref.head.revision": commit, "coldtrace.vcs.dirty": /^[^#]/m.test(status) };
}
