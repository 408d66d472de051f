/** Where Podman writes into a container what it is, if that is privileged (podman-run(1)). */
const PATH = "/run/.containerenv";

/** The image that this process's container was made of, where Podman tells. */
export function containerImage(): string | undefined {
  if (Deno.permissions.querySync({ name: "read", path: PATH }).state !== "granted") {
    return undefined;
  }
  try {
    return imageIn(Deno.readTextFileSync(PATH));
  } catch {
    return undefined;
  }
}

/** The image in lines of `name="value"`. */
export function imageIn(containerenv: string): string | undefined {
  return /^image="([^"]+)"$/m.exec(containerenv)?.[1];
}
