import { assertEquals, assertThrows } from "@std/assert";
import { privateFolder, ProbeError } from "../../../src/sources/probe/folder.ts";
import { PrivateFolder } from "../../_private_folder.ts";

Deno.test("privateFolder() makes a folder that is ours alone, and says where it really is", () => {
  using folder = new PrivateFolder();
  const home = Deno.realPathSync(folder.path);
  assertEquals(privateFolder(`${folder.path}/new/deep/`), `${home}/new/deep`);
  assertEquals((Deno.statSync(`${home}/new`).mode ?? 0) & 0o777, 0o700);
  Deno.symlinkSync(`${folder.path}/new`, `${folder.path}/link`);
  assertEquals(privateFolder(`${folder.path}/link/deep`), `${home}/new/deep`);
  // Whose it is was seen at a file, which is gone.
  assertEquals([...Deno.readDirSync(`${home}/new/deep`)], []);
});

Deno.test("privateFolder() lets a group write that is its user's own, and no other", () => {
  using folder = new PrivateFolder();
  const { uid, gid } = Deno.statSync(folder.path);
  Deno.chmodSync(folder.path, 0o770);
  const make = () => privateFolder(`${folder.path}/below`);
  if (uid === gid) assertEquals(make(), `${Deno.realPathSync(folder.path)}/below`);
  else assertThrows(make, ProbeError, "other users can write to");
});

Deno.test({
  name: "privateFolder() refuses a folder below one that belongs to another user",
  // Only root can give a folder away.
  ignore: Deno.build.os === "windows" || Deno.uid() !== 0,
  fn() {
    using folder = new PrivateFolder();
    const other = `${folder.path}/other`;
    Deno.mkdirSync(`${other}/below`, { recursive: true });
    Deno.chownSync(other, 12_345, 12_345);
    const error = assertThrows(() => privateFolder(`${other}/below`), ProbeError);
    assertEquals(
      error.message,
      `Cannot keep the probe in '${other}/below' as '${
        Deno.realPathSync(other)
      }' belongs to another user`,
    );
  },
});
