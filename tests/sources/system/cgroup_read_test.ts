import { assertEquals } from "@std/assert";
import { readCgroup } from "../../../src/sources/system/cgroup_read.ts";

/** Folders with these files in them, for as long as `use` takes. */
function withFiles(
  files: Record<string, Record<string, string>>,
  use: (folder: (name: string) => string) => void,
): void {
  const root = Deno.makeTempDirSync();
  try {
    for (const [folder, texts] of Object.entries(files)) {
      Deno.mkdirSync(`${root}/${folder}`, { recursive: true });
      for (const [name, text] of Object.entries(texts)) {
        Deno.writeTextFileSync(`${root}/${folder}/${name}`, text);
      }
    }
    use((name) => `${root}/${name}`);
  } finally {
    Deno.removeSync(root, { recursive: true });
  }
}

const PRESSURE = (total: number) =>
  `some avg10=1.00 avg60=0.50 avg300=0.10 total=${total}\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=1\n`;

Deno.test("readCgroup() reads groups of version 2, with the least quota on the way up", () => {
  withFiles({
    "pod/app": {
      "cpu.stat": "usage_usec 9\nnr_periods 8\nnr_throttled 7\nthrottled_usec 600\n",
      "cpu.max": "max 100000\n",
      "cpu.pressure": PRESSURE(11),
      "memory.pressure": PRESSURE(22),
      "io.pressure": PRESSURE(33),
      "memory.events": "low 0\nhigh 0\nmax 3\noom 2\noom_kill 1\noom_group_kill 0\n",
      "memory.peak": "5000\n",
      "memory.current": "4000\n",
      "memory.max": "max\n",
    },
    pod: {
      "memory.max": "9000\n",
      "cpu.max": "150000 100000\n",
      "cpu.stat": "throttled_usec 50\n",
    },
  }, (folder) => {
    const unified = [folder("pod/app"), folder("pod")];
    assertEquals(readCgroup({ unified, cpu: [], memory: [] }), {
      throttled: 650,
      oomKills: 1,
      cpuPressure: 11,
      memoryPressure: 22,
      ioPressure: 33,
      memoryPeak: 5000,
      memory: 4000,
      memoryLimit: 9000,
      cpuLimit: 1.5,
    });
  });
});

Deno.test("readCgroup() reads groups of version 1", () => {
  withFiles({
    cpu: {
      "cpu.stat": "nr_periods 0\nnr_throttled 0\nthrottled_time 7000\n",
      "cpu.cfs_quota_us": "50000\n",
      "cpu.cfs_period_us": "100000\n",
    },
    memory: {
      "memory.oom_control": "oom_kill_disable 0\nunder_oom 0\noom_kill 4\n",
      "memory.max_usage_in_bytes": "300\n",
      "memory.usage_in_bytes": "200\n",
      "memory.limit_in_bytes": "900\n",
    },
  }, (folder) => {
    assertEquals(readCgroup({ unified: [], cpu: [folder("cpu")], memory: [folder("memory")] }), {
      throttled: 7,
      oomKills: 4,
      memoryPeak: 300,
      memory: 200,
      memoryLimit: 900,
      cpuLimit: 0.5,
    });
  });
});

Deno.test("readCgroup() leaves out what no file tells, and a quota that is none", () => {
  withFiles({
    a: { "cpu.max": "max 100000\n", "memory.current": "7\n" },
    b: {
      "memory.limit_in_bytes": "9223372036854771712\n",
      "cpu.cfs_quota_us": "-1\n",
      "cpu.cfs_period_us": "100000\n",
    },
    c: {},
  }, (folder) => {
    assertEquals(readCgroup({ unified: [folder("a")], cpu: [folder("b")], memory: [] }), {
      memory: 7,
    });
    assertEquals(readCgroup({ unified: [folder("c")], cpu: [], memory: [] }), undefined);
  });
});
