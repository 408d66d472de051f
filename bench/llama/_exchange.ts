/**
 * What connecting is without us: reads the line that says what is wanted, and answers it.
 */
export async function exchange(): Promise<void> {
  await Deno.stdin.read(new Uint8Array(65_536));
  Deno.stdout.writeSync(new TextEncoder().encode("{}\n"));
}
