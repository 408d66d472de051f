import { assert, assertEquals } from "@std/assert";
import { machine } from "./_machine.ts";

Deno.test({
  name: "diskReadFacts() counts what children read that have ended",
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    const size = 1 << 20;
    const file = await Deno.makeTempFile({ prefix: "coldtrace-disk-" });
    try {
      await Deno.writeFile(file, new Uint8Array(size));
      const { said, alive, gone } = await machine(["disk", file]);
      // A file in memory is on no disk.
      const least = said === "direct" ? size : 0;
      const bytes = alive["coldtrace.disk_read_bytes"];
      assert(bytes >= least, `${bytes} bytes, ${said}, are at least ${least}`);
      assertEquals(gone, {});
    } finally {
      await Deno.remove(file);
    }
  },
});
