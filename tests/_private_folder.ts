/**
 * A new folder below the home folder, since the probe takes none below a temporary folder that
 * others share. It goes when disposed of.
 */
export class PrivateFolder implements Disposable {
  readonly path: string = Deno.makeTempDirSync({
    dir: Deno.env.get("HOME") ?? ".",
    prefix: ".coldtrace-test-",
  });

  [Symbol.dispose](): void {
    Deno.removeSync(this.path, { recursive: true });
  }
}
