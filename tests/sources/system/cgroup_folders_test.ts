import { assertEquals } from "@std/assert";
import { foldersIn } from "../../../src/sources/system/cgroup_folders.ts";

/** A line of mountinfo. */
const mount = (root: string, point: string, type: string, options: string) =>
  `31 23 0:28 ${root} ${point} rw,nosuid shared:9 - ${type} ${type} ${options}`;

const NONE = { unified: [], cpu: [], memory: [] };

Deno.test("foldersIn() goes from a process's group up to the mount when it is of version 2", () => {
  const mounts = [
    "1 0 8:1 / / rw - ext4 /dev/sda rw",
    mount("/", "/sys/fs/cgroup", "cgroup2", "rw"),
  ];
  assertEquals(foldersIn("0::/user.slice/app.scope\n", mounts.join("\n")), {
    ...NONE,
    unified: [
      "/sys/fs/cgroup/user.slice/app.scope",
      "/sys/fs/cgroup/user.slice",
      "/sys/fs/cgroup",
    ],
  });
  // A container with a namespace of its own.
  assertEquals(foldersIn("0::/\n", mounts.join("\n")), { ...NONE, unified: ["/sys/fs/cgroup"] });
});

Deno.test("foldersIn() finds the controllers when groups are of version 1", () => {
  const mounts = [
    mount("/", "/sys/fs/cgroup/cpu,cpuacct", "cgroup", "rw,cpu,cpuacct"),
    mount("/", "/sys/fs/cgroup/cpuset", "cgroup", "rw,cpuset"),
    mount("/", "/sys/fs/cgroup/memory", "cgroup", "rw,memory"),
    mount("/", "/sys/fs/cgroup/unified", "cgroup2", "rw,nsdelegate"),
  ];
  const groups = ["9:name=systemd:/", "4:memory:/a", "3:cpuset:/c", "1:cpu,cpuacct:/b", "0::/"];
  assertEquals(foldersIn(groups.join("\n"), mounts.join("\n")), {
    unified: ["/sys/fs/cgroup/unified"],
    cpu: ["/sys/fs/cgroup/cpu,cpuacct/b", "/sys/fs/cgroup/cpu,cpuacct"],
    memory: ["/sys/fs/cgroup/memory/a", "/sys/fs/cgroup/memory"],
  });
});

Deno.test("foldersIn() leaves out what is not mounted when only a container's own group is", () => {
  const mounts = mount("/docker/abc", "/sys/fs/cgroup/memory", "cgroup", "rw,memory");
  assertEquals(foldersIn("4:memory:/docker/abc\n", mounts).memory, ["/sys/fs/cgroup/memory"]);
  assertEquals(foldersIn("4:memory:/docker/abc/d\n", mounts).memory, [
    "/sys/fs/cgroup/memory/d",
    "/sys/fs/cgroup/memory",
  ]);
  assertEquals(foldersIn("4:memory:/docker/abcd\n", mounts), NONE);
  assertEquals(foldersIn("0::/../other\n", mount("/", "/c", "cgroup2", "rw")), NONE);
  assertEquals(foldersIn("", ""), NONE);
});
