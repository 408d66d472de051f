import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import {
  installProbe,
  installProbeForLater,
  ProbeError,
  readProbeStarts,
} from "../../src/sources/python_probe.ts";
import type { ProbeFunction } from "../../src/sources/profiles/profile.ts";

const TESTDATA = new URL("../testdata/probe", import.meta.url).pathname;
const UNITTEST = new URL("./python_probe_test.py", import.meta.url).pathname;
const decoder = new TextDecoder();

/** A Python, and its version as a number that can be compared: 3.12 is 312. */
interface Python {
  readonly path: string;
  readonly version: number;
}

/** Each Python there is, one of each minor version. */
function pythons(): Python[] {
  const found = new Map<number, Python>();
  const versions = `${Deno.env.get("PYENV_ROOT") ?? `${Deno.env.get("HOME")}/.pyenv`}/versions`;
  const minors = ["9", "10", "11", "12", "13", "14"].map((minor) => `python3.${minor}`);
  for (const path of [...foldersIn(versions), "python3", "python2", ...minors]) {
    let output: Deno.CommandOutput;
    try {
      const code = "import sys; print(sys.version_info[0] * 100 + sys.version_info[1])";
      output = new Deno.Command(path, { args: ["-c", code], stderr: "null" }).outputSync();
    } catch {
      continue;
    }
    const version = Number(decoder.decode(output.stdout));
    if (output.success && !found.has(version)) found.set(version, { path, version });
  }
  return [...found.values()].sort((a, b) => a.version - b.version);
}

/** 3.12 of 312. */
function nameOf(version: number): string {
  return `${Math.floor(version / 100)}.${version % 100}`;
}

function foldersIn(dir: string): string[] {
  try {
    return [...Deno.readDirSync(dir)].map(({ name }) => `${dir}/${name}/bin/python`);
  } catch {
    return [];
  }
}

const ALL = pythons();
const PROBED = ALL.filter(({ version }) => version >= 309);
const NEWEST = PROBED.at(-1);
const ignore = NEWEST === undefined;

/** A temporary folder that others cannot write to; where the shared one is, one of ours. */
function privateFolder(): { path: string } & Disposable {
  for (const dir of [new URL("../..", import.meta.url).pathname, Deno.env.get("HOME")]) {
    if (dir === undefined) continue;
    const path = Deno.makeTempDirSync({ dir, prefix: ".probe-test-" });
    const folder = {
      path,
      [Symbol.dispose]: () => Deno.removeSync(path, { recursive: true }),
    };
    try {
      installProbeForLater({ dir: `${path}/try`, mode: "imports", functions: [] });
      return folder;
    } catch (error) {
      folder[Symbol.dispose]();
      if (!(error instanceof ProbeError)) throw error;
    }
  }
  throw new Error("Cannot test the probe as there is no folder for it");
}

/** The environment of a process, without what this one was told about Python. */
function cleanEnv(): Record<string, string> {
  const entries = Object.entries(Deno.env.toObject());
  const kept = entries.filter(([name]) => !/^(PYTHON|COLDTRACE|PIP)/.test(name));
  // Nothing is left beside the test data.
  return { ...Object.fromEntries(kept), PYTHONDONTWRITEBYTECODE: "1" };
}

interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly pid: number;
}

async function run(
  path: string,
  args: readonly string[],
  env: Record<string, string>,
  cwd?: string,
): Promise<Ran> {
  const child = new Deno.Command(path, {
    args: [...args],
    env,
    clearEnv: true,
    ...(cwd !== undefined && { cwd }),
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const { code, stdout, stderr } = await child.output();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr), pid: child.pid };
}

const FUNCTIONS: readonly ProbeFunction[] = [
  probed("engine.work:plain", "add"),
  probed("engine.work:fails", "fail"),
  probed("engine.work:other", "idle", "wait"),
  probed("engine.work:gone", "gone"),
  { ...probed("engine.gpu:graphs", "graphs"), unrun: true },
];

function probed(where: string, name: string, kind: ProbeFunction["kind"] = "work"): ProbeFunction {
  return { where, name, kind, phase: "test", seen: "1.0" };
}

for (const { path, version } of PROBED) {
  Deno.test(`the probe does what its own tests say in Python ${nameOf(version)}`, async () => {
    const { code, stderr } = await run(path, [UNITTEST], cleanEnv());
    assertEquals(code, 0, stderr);
    assertMatch(stderr, /\nRan \d\d tests /);
  });
}

for (const { path, version } of ALL.filter(({ version }) => version < 309)) {
  Deno.test(`the probe is out of the way of Python ${nameOf(version)}`, async () => {
    using folder = privateFolder();
    using probe = installProbe({ dir: folder.path, mode: "functions", functions: FUNCTIONS });
    const code =
      "import sys, json; print(json.dumps(sys.path)); print('sitecustomize' in sys.modules)";
    const plain = await run(path, ["-c", code], cleanEnv());
    const { pid: _, ...ran } = await run(path, ["-c", code], probe.env(cleanEnv()));
    assertEquals({ ...ran, pid: plain.pid }, plain);
    assertEquals([...Deno.readDirSync(probe.dir)], []);
  });
}

Deno.test({
  name: "installProbe() has an engine's processes tell what they do, in the words of the list",
  ignore,
  async fn() {
    using folder = privateFolder();
    using probe = installProbe({
      dir: `${folder.path}/data/probe`,
      mode: "functions",
      functions: FUNCTIONS,
      floorMs: 15,
    });
    const child = "import engine.slower; import engine.work as w; w.plain(1, 2)";
    const code = "import engine.slow, subprocess, sys, engine.work as w\n" +
      "try: w.fails()\nexcept ValueError: pass\n" +
      `w.other(); subprocess.run([sys.executable, '-c', ${JSON.stringify(child)}])\n` +
      "subprocess.run(['true'])";
    const env = probe.env({ ...cleanEnv(), PYTHONPATH: TESTDATA });
    const before = BigInt(Date.now()) * 1_000_000n;
    const args = ["-c", code, "--api-key", "hidden"];
    const { pid, stderr } = await run(NEWEST?.path ?? "", args, env);
    assertEquals(stderr, "");

    const { processes, spans, missing } = probe.testimony();
    const [engine, core] = processes;
    assertEquals([engine?.pid, core?.parent, processes.length], [pid, pid, 2]);
    assertEquals((engine?.attributes?.["process.command_args"] as string[]).slice(-2), [
      "--api-key",
      "[redacted]",
    ]);
    assertMatch(String(engine?.attributes?.["process.runtime.version"]), /^3\.\d+\.\d+$/);
    const { born = before, arrived = 0n, exiting = 0n } = engine ?? {};
    assert(born >= before - 20_000_000n && born <= arrived && arrived < exiting);
    // Who waited for it knows when it was gone.
    assert(core?.exiting !== undefined && core.died !== undefined && core.exiting < core.died);

    const find = (name: string, of = pid) => spans.find((s) => s.name === name && s.pid === of);
    const slow = find("import engine.slow");
    assertEquals([slow?.phase, slow?.kind, slow?.source], ["import", "work", "probe"]);
    assertEquals(slow?.attributes?.["coldtrace.import.module"], "engine.slow");
    assertEquals(slow?.thread, pid);
    assert(Number(slow?.attributes?.["coldtrace.cpu_time_ms"]) >= 0);
    const fail = find("fail");
    assertEquals([fail?.error, fail?.where], ["ValueError: it cannot be", "engine.work:fails"]);
    assertEquals([find("idle")?.kind, find("idle")?.phase], ["wait", "test"]);
    assert(find("import engine.slower", core.pid)?.end !== undefined);
    assertEquals(find("add", core.pid)?.kind, "work");
    const waits = spans.filter(({ phase }) => phase === "child");
    assertEquals(waits.map(({ kind }) => kind), ["wait", "tool"]);
    assertEquals(waits.at(-1)?.name, "true");
    assertEquals(missing, ["Function 'gone' is not there: engine.work:gone was last seen in 1.0"]);
  },
});

Deno.test({
  name: "Probe.stop() has nothing be written from then on",
  ignore,
  async fn() {
    using folder = privateFolder();
    using probe = installProbe({ dir: folder.path, mode: "functions", functions: FUNCTIONS });
    const env = probe.env({ ...cleanEnv(), PYTHONPATH: TESTDATA });
    const code = "import engine.work as w\nw.plain(1, 2)\nprint('ready', flush=True)\ninput()\n" +
      "for i in range(1000): w.plain(i, i)\nimport engine.slow";
    const engine = new Deno.Command(NEWEST?.path ?? "", {
      args: ["-c", code],
      env,
      clearEnv: true,
      stdin: "piped",
      stdout: "piped",
    }).spawn();
    const reader = engine.stdout.getReader();
    await reader.read();
    probe.stop();
    const size = sizeOf(probe.dir);
    const writer = engine.stdin.getWriter();
    await writer.write(new TextEncoder().encode("\n"));
    await writer.close();
    assertEquals((await engine.status).code, 0);
    await reader.cancel();
    assert(size > 0);
    assertEquals(sizeOf(probe.dir), size);
    const { spans, missing } = probe.testimony();
    assertEquals(spans.filter(({ name }) => name === "add").length, 1);
    assertEquals(missing?.at(-1), "Functions that were not called: fail, idle");
  },
});

function sizeOf(dir: string): number {
  return [...Deno.readDirSync(dir)].reduce(
    (sum, { name }) => sum + Deno.statSync(`${dir}/${name}`).size,
    0,
  );
}

Deno.test("Probe.testimony() says so when no Python process told anything", () => {
  using folder = privateFolder();
  using probe = installProbe({ dir: folder.path, mode: "imports", functions: FUNCTIONS });
  assertEquals(probe.testimony().missing, ["The probe was in no Python process"]);
});

Deno.test("Probe.testimony() passes over lines that are cut off or make no sense", () => {
  using folder = privateFolder();
  using probe = installProbe({ dir: folder.path, mode: "imports", functions: [] });
  const lines = [
    '{"k":"import","t":7,"s":"1","n":"early","e":"2"}',
    '{"k":"process","how":"exec","pid":7,"parent":1,"s":"100","args":["python","-m","engine.main"]}',
    "[1]",
    "null",
    '{"k":"import","t":7,"s":"wrong","n":"x","e":"2"}',
    '{"k":"unknown","t":7,"s":"5"}',
    '{"k":"import","t":7,"s":"110","n":"torch"}',
    '{"k":"import","t":7,"s":"120","n":"numpy","e":"130","u":[1500,1,2,8]}',
    '{"k":"exit","s":"14',
  ];
  Deno.writeTextFileSync(`${probe.dir}/7-1.jsonl`, lines.join("\n"));
  Deno.writeTextFileSync(`${probe.dir}/8-1.jsonl`, "{}\n\0\0");
  const { processes, spans } = probe.testimony();
  assertEquals(processes.map(({ pid, name, exiting }) => [pid, name, exiting]), [
    [7, "engine.main", undefined],
  ]);
  assertEquals(spans.map(({ name, end }) => [name, end]), [
    ["import early", 2n],
    ["import torch", undefined],
    ["import numpy", 130n],
  ]);
  assertEquals(spans[2]?.attributes, {
    "thread.id": 7,
    "coldtrace.import.module": "numpy",
    "coldtrace.cpu_time_ms": 1.5,
    "coldtrace.page_faults.minor": 1,
    "coldtrace.page_faults.major": 2,
    "coldtrace.bytes_read": 4096,
  });
});

Deno.test({
  name: "readProbeStarts() tells starts apart that nobody was above",
  ignore,
  async fn() {
    using folder = privateFolder();
    const dir = `${folder.path}/later`;
    const options = {
      dir,
      mode: "functions",
      functions: FUNCTIONS,
      ready: "engine.work:other",
    } as const;
    const path = installProbeForLater(options);
    assertEquals(installProbeForLater(options), path);
    const env = { ...cleanEnv(), PYTHONPATH: `${path}:${TESTDATA}` };
    const program = (rest: string) =>
      "import subprocess, sys, engine.work as w\n" +
      "subprocess.run([sys.executable, '-c', 'import engine.slow'])\n" + rest;
    const first = await run(NEWEST?.path ?? "", ["-c", program("w.other(); w.plain(1)")], env);
    const second = await run(NEWEST?.path ?? "", ["-c", program("w.plain(1)")], env);
    assertEquals([first.stderr, second.stderr], ["", ""]);
    const starts = readProbeStarts(dir, FUNCTIONS);
    assertEquals(starts.map(({ pid }) => pid), [first.pid, second.pid]);
    const [ready, other] = starts;
    const end = ready?.testimony.spans.find(({ name }) => name === "idle")?.end;
    assert(end !== undefined && ready !== undefined && ready.born < end);
    assertEquals([ready.ready, other?.ready], [end, undefined]);
    for (const { testimony } of starts) {
      assertEquals(testimony.processes.length, 2);
      assert(testimony.spans.some(({ name }) => name === "import engine.slow"));
    }
    // Ready ended the first one.
    assertEquals(ready.testimony.spans.some(({ name }) => name === "add"), false);
  },
});

Deno.test("Probe.env() puts its folder first, and never adds an empty element to PYTHONPATH", () => {
  using folder = privateFolder();
  using probe = installProbe({ dir: folder.path, mode: "imports", functions: [] });
  const [code = ""] = (probe.env({}).PYTHONPATH ?? "").split(":");
  const path = (PYTHONPATH?: string) =>
    probe.env(PYTHONPATH === undefined ? {} : { PYTHONPATH }).PYTHONPATH;
  assertEquals(path(), code);
  assertEquals(path(""), code);
  assertEquals(path("/a:/b"), `${code}:/a:/b`);
  assertEquals(path("/a:"), `${code}:/a:`);
  assertEquals(path(`/x/coldtrace-probe-0123:/a:${code}`), `${code}:/a`);
  assertEquals(path(code), code);
  assertEquals(probe.env({ A: "1" }).A, "1");
  assertEquals(probe.env({}).COLDTRACE_PROBE_START, probe.dir);
  for (const at of [code, probe.dir]) assertEquals((Deno.statSync(at).mode ?? 0) & 0o777, 0o700);
});

Deno.test("installProbe() refuses a folder that another user can write to, or put in place", () => {
  using folder = privateFolder();
  const install = (dir: string) => () => installProbe({ dir, mode: "imports", functions: [] });
  const open = `${folder.path}/open`;
  Deno.mkdirSync(`${open}/below`, { recursive: true, mode: 0o700 });
  for (const mode of [0o777, 0o1777, 0o702]) {
    Deno.chmodSync(open, mode);
    for (const dir of [open, `${open}/below`, `${open}/new/deep`]) {
      const { message } = assertThrows(install(dir), ProbeError);
      assertMatch(message, /^Cannot keep the probe in '[^']+' as other users can write to '.+'$/);
    }
  }
  assertEquals([...Deno.readDirSync(open)].map(({ name }) => name), ["below"]);
  // Not by the way of a link either.
  Deno.symlinkSync(`${open}/below`, `${folder.path}/link`);
  assertThrows(install(`${folder.path}/link`), ProbeError, "other users can write to");
  assertThrows(install("/tmp"), ProbeError, "other users can write to '/tmp'");
});

Deno.test("installProbe() refuses a folder that cannot be written or named", () => {
  using folder = privateFolder();
  const install = (dir: string) => () => installProbe({ dir, mode: "imports", functions: [] });
  Deno.writeTextFileSync(`${folder.path}/file`, "");
  assertThrows(install(`${folder.path}/file/below`), ProbeError, "it cannot be written");
  assertThrows(install("/proc/nothing"), ProbeError, "it cannot be written");
  assertThrows(install(""), ProbeError, "no folder is given");
  assertThrows(install(`${folder.path}/a:b`), ProbeError, "PYTHONPATH cannot hold");
});

Deno.test("installProbe() removes what a killed coldtrace left, a day later", () => {
  using folder = privateFolder();
  const dir = `${folder.path}/probe`;
  installProbe({ dir, mode: "imports", functions: [] });
  const old = `${dir}/start-${Date.now() - 90_000_000}-0123abcd`;
  const young = `${dir}/start-${Date.now() - 1000}-0123abcd`;
  // Of `coldtrace env`: by itself, and not imported yet.
  const own = `${dir}/start-${Date.now() - 90_000_000}-4194304`;
  for (const path of [old, young, own]) Deno.mkdirSync(path);
  installProbe({ dir, mode: "imports", functions: [] });
  const left = [...Deno.readDirSync(dir)].map(({ name }) => `${dir}/${name}`);
  assertEquals([old, young, own].map((path) => left.includes(path)), [false, true, true]);
});

Deno.test("disposing of a Probe leaves the code, which the engine has in its path, and no more", () => {
  using folder = privateFolder();
  const dir = `${folder.path}/probe`;
  const probe = installProbe({ dir, mode: "imports", functions: [] });
  probe[Symbol.dispose]();
  const left = [...Deno.readDirSync(dir)].map(({ name }) => name);
  assertEquals(left.length, 1);
  assertMatch(left[0] ?? "", /^coldtrace-probe-[0-9a-f]{16}$/);
  probe.stop();
  assertEquals(probe.testimony().processes, []);
});

/** What is said, without what differs between two runs of the same, and the frame that README admits. */
function steady(text: string, version: number): string {
  const frame = /^ *File "<coldtrace importlib\._bootstrap>", line \d+, in wrapper\n/gm;
  return (version < 311 ? text.replace(frame, "") : text)
    .replace(/\d+\.\d+ ?s\b/g, "Ns")
    .replace(/pip-modern-metadata-\w+/g, "pip-modern-metadata-X");
}

for (const { path, version } of PROBED) {
  Deno.test(`pip and pytest are as they are without the probe in Python ${nameOf(version)}`, async (t) => {
    using folder = privateFolder();
    const project = `${folder.path}/project`;
    Deno.mkdirSync(project);
    for (const name of ["pyproject.toml", "test_suite.py"]) {
      Deno.copyFileSync(`${TESTDATA}/project/${name}`, `${project}/${name}`);
    }
    const functions = [
      probed("pip._internal.cli.main:main", "main"),
      probed("pip._internal.cli.base_command:Command.main", "command"),
      probed("_pytest.config:main", "pytest"),
      probed("_pytest.runner:runtestprotocol", "test"),
      probed("test_suite:divides", "divides"),
    ];
    const commands = [
      ["-m", "pip", "--version"],
      ["-m", "pip", "list", "--disable-pip-version-check", "--format=json"],
      ["-m", "pip", "install", "--dry-run", "--no-index", "--no-build-isolation", "--no-deps", "."],
      ["-m", "pytest", "-p", "no:cacheprovider", "-rA", "-W", "default", "."],
      ["-m", "unittest", "-v", "test_suite"],
    ];
    for (const args of commands) {
      await t.step(args.join(" "), async () => {
        using probe = installProbe({ dir: `${folder.path}/p`, mode: "functions", functions });
        const env = { ...cleanEnv(), HOME: project };
        const plain = await run(path, args, env, project);
        const ran = await run(path, args, probe.env(env), project);
        const outcome = ({ code, stdout, stderr }: Ran) => [
          code,
          steady(stdout, version),
          steady(stderr, version),
        ];
        assertEquals(outcome(ran), outcome(plain));
        assert(probe.testimony().processes.length > 0);
      });
    }
  });
}
