// deno-lint-ignore-file no-console
/** Permissions that a bench can need. */
export type Need = "run" | "read" | "write" | "env" | "net";

/**
 * Registers benches that need permissions. Where one is missing they are ignored, and one line
 * says so: a plain `deno bench` runs the others.
 */
export function benchWith(
  needs: readonly Need[],
  what: string,
  benches: readonly Deno.BenchDefinition[],
): void {
  const missing = needs.filter((name) => {
    const wanted = name === "net" ? { name, host: "127.0.0.1" } as const : { name };
    return Deno.permissions.querySync(wanted).state !== "granted";
  });
  for (const bench of benches) Deno.bench({ ...bench, ignore: missing.length > 0 });
  if (missing.length === 0) return;
  const flags = missing.map((name) => `--allow-${name}`).join(" ");
  console.error(`Skipped: ${what} (needs ${flags}). To run it: deno task bench`);
}
