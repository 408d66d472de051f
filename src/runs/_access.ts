/** Throws where access is not granted, instead of having Deno ask the user for it. */
export function requireAccess(name: "read" | "write", path: string): void {
  if (Deno.permissions.querySync({ name, path }).state !== "granted") {
    throw new Deno.errors.NotCapable(`${name} access is not granted (--allow-${name})`);
  }
}

/** Why an operation on a file failed, in a few words of one line. */
export function reasonOf(error: unknown): string {
  if (error instanceof Deno.errors.NotFound) return "no such file or folder";
  const message = error instanceof Error ? error.message : String(error);
  // Deno adds the call, which our own line names already: "...: open '/some/path'".
  return message.replace(/: \w+ '[^']*'$/, "").replace(/\p{Cc}+/gu, " ");
}
