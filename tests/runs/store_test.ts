import {
  assert,
  assertEquals,
  assertMatch,
  assertNotEquals,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { readRun } from "../../src/runs/reader.ts";
import { openRunStore, RunError } from "../../src/runs/store.ts";
import type { SpanRecord } from "../../src/trace/record.ts";
import { outputOf, runLimitedMain, runMain } from "./_child.ts";
import { rootRecord } from "./_root.ts";
import { spanRecord } from "./_span.ts";

async function withFolder(use: (folder: string) => void | Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await use(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function collect(): { warnings: string[]; onWarning: (line: string) => void } {
  const warnings: string[] = [];
  return { warnings, onWarning: (line) => warnings.push(line) };
}

Deno.test("createRun() stores what is written, privately, when the folder is new", async () => {
  await withFolder(async (folder) => {
    const { warnings, onWarning } = collect();
    const dir = `${folder}/data/coldtrace`;
    const store = openRunStore({ dir, onWarning });
    assertEquals(store.list(), []);
    using run = store.createRun();
    run.write([spanRecord(0)]);
    run.write([spanRecord(1), spanRecord(2)]);
    const path = run.path ?? "";
    assertEquals(store.list(), [{ id: run.id, path }]);
    assertEquals((await readRun(path)).records, [spanRecord(0), spanRecord(1), spanRecord(2)]);
    assertEquals(warnings, []);
    if (Deno.build.os !== "windows") {
      const mode = (file: string) => (Deno.statSync(file).mode ?? 0) & 0o777;
      assertEquals([mode(dir), mode(`${dir}/runs`), mode(path)], [0o700, 0o700, 0o600]);
    }
  });
});

Deno.test("createRun() keeps the newest runs when there are more", async () => {
  await withFolder((dir) => {
    const store = openRunStore({ dir, keep: 3 });
    const ids = Array.from({ length: 6 }, () => {
      using run = store.createRun();
      return run.id;
    });
    assertEquals(store.list().map((run) => run.id), ids.slice(-3));
    const fifty = openRunStore({ dir });
    const counts = Array.from({ length: 60 }, () => {
      fifty.createRun().close();
      return fifty.list().length;
    });
    // An eighth more may be there for a while.
    assertEquals([Math.max(...counts), counts.lastIndexOf(50) > 50], [53, true]);
  });
});

Deno.test("createRun() leaves other files alone when it removes runs", async () => {
  await withFolder(async (dir) => {
    const store = openRunStore({ dir, keep: 1 });
    store.createRun().close();
    await Deno.writeTextFile(`${dir}/runs/0.otlp.jsonl`, "mine");
    store.createRun().close();
    store.createRun().close();
    assertEquals(store.list().length, 1);
    assertEquals(await Deno.readTextFile(`${dir}/runs/0.otlp.jsonl`), "mine");
  });
});

Deno.test({
  name: "createRun() removes no run when another process still writes it",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    await withFolder(async (dir) => {
      const child = runMain(["hold", dir]).spawn();
      const reader = child.stdout.getReader();
      const { value } = await reader.read();
      reader.releaseLock();
      const held = new TextDecoder().decode(value).trim();
      const store = openRunStore({ dir, keep: 1 });
      store.createRun().close();
      store.createRun().close();
      assertEquals(store.list()[0]?.id, held);
      assertEquals(store.list().length, 2);

      const writer = child.stdin.getWriter();
      await writer.close();
      await child.output();
      assertEquals((await readRun(store.resolve(held))).records, [spanRecord(0), spanRecord(1)]);
      store.createRun().close();
      assert(!store.list().some((run) => run.id === held));
    });
  },
});

Deno.test("createRun() gives every run its own file when processes run at once", async () => {
  await withFolder(async (dir) => {
    const outputs = await Promise.all(
      [1, 2, 3].map(() => outputOf(runMain(["create", dir, "30"]))),
    );
    const ids = outputs.flatMap((output) => output.trim().split("\n"));
    assertEquals(new Set(ids).size, 90, outputs.join(""));
    assertEquals(openRunStore({ dir }).list().map((run) => run.id), ids.toSorted());
    for (const { path } of openRunStore({ dir }).list()) {
      assertEquals((await readRun(path)).records.length, 1);
    }
  });
});

Deno.test("createRun() has lost no span when its process was killed", async () => {
  await withFolder(async (dir) => {
    await outputOf(runMain(["crash", dir, "200"]));
    const { records, torn } = await readRun(openRunStore({ dir }).resolve());
    assertEquals(records, Array.from({ length: 200 }, (_, i) => spanRecord(i)));
    assertEquals(torn, 0);
  });
});

Deno.test("createRun() warns once and stores nothing when the folder cannot be made", async () => {
  await withFolder(async (folder) => {
    const dir = `${folder}/file`;
    await Deno.writeTextFile(dir, "");
    const { warnings, onWarning } = collect();
    using run = openRunStore({ dir, onWarning }).createRun();
    run.write([spanRecord(0)]);
    run.write([spanRecord(1)]);
    assertEquals(run.path, undefined);
    assertMatch(run.id, /^\d{8}-\d{6}-\d{3}-[0-9a-z]{4}$/);
    assertEquals(warnings.length, 1);
    assertMatch(
      warnings[0] ?? "",
      /^Cannot store run '[-\w]+' as '.*file[/\\]runs' cannot be written: Not a dir[^:]*$/,
    );
  });
});

Deno.test("createRun() takes another id when a process has the same one", async () => {
  await withFolder(async (dir) => {
    const { now } = Date;
    const { random } = Math;
    const stores = [openRunStore({ dir }), openRunStore({ dir })];
    let runs;
    try {
      Date.now = () => 1795429708052;
      Math.random = () => 0.5;
      runs = stores.map((store) => store.createRun());
    } finally {
      Date.now = now;
      Math.random = random;
    }
    for (const [index, run] of runs.entries()) {
      run.write([spanRecord(index)]);
      run.close();
      assertEquals((await readRun(run.path ?? "")).records, [spanRecord(index)]);
    }
  });
});

Deno.test({
  name: "createRun() warns once and leaves no empty run when the disk is full",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    await withFolder(async (dir) => {
      const output = await outputOf(runLimitedMain(["create", dir, "1"], 0));
      assertMatch(
        output,
        /^warning: Cannot store the spans of run .*: File too large.*\n[-\w]+\n$/,
      );
      assertEquals(openRunStore({ dir }).list(), []);
    });
  },
});

Deno.test("createRun() warns once and asks for nothing when permissions are missing", async () => {
  await withFolder(async (dir) => {
    for (const flags of [[], ["--allow-read"]]) {
      const output = await outputOf(runMain(["create", dir], flags));
      assertMatch(
        output,
        /^warning: Cannot store run '[-\w]+' as '.*' cannot be written: write access is not granted \(--allow-write\)\n[-\w]+\n$/,
      );
    }
    // Without read access, runs are stored but not counted.
    assertMatch(await outputOf(runMain(["create", dir], ["--allow-write"])), /^[-\w]+\n$/);
    assertEquals(openRunStore({ dir }).list().length, 1);
    // Without a directory, the environment would be asked.
    assertMatch(await outputOf(runMain(["create", ""], [])), /as no data directory is known/);
  });
});

Deno.test("resolve() finds a run when given nothing, its id, or the beginning of it", async () => {
  await withFolder((dir) => {
    const store = openRunStore({ dir });
    using first = store.createRun();
    using last = store.createRun();
    assertNotEquals(first.path, last.path);
    assertEquals(store.resolve(), last.path);
    assertEquals(store.resolve(first.id), first.path);
    assertEquals(store.resolve(first.id.slice(0, -1)), first.path);
  });
});

Deno.test("resolve() passes on a path when given one", async () => {
  await withFolder(async (dir) => {
    const store = openRunStore({ dir });
    assertEquals(store.resolve("-"), "-");
    assertEquals(store.resolve("./traces"), "./traces");
    assertEquals(store.resolve("traces.jsonl"), "traces.jsonl");
    await Deno.writeTextFile(`${dir}/traces`, "");
    assertEquals(store.resolve(`${dir}/traces`), `${dir}/traces`);
    // A file in the working directory whose name has no sign of being one.
    assertEquals(store.resolve("LICENSE"), "LICENSE");
  });
});

Deno.test("resolve() lists the runs when several match", async () => {
  await withFolder((dir) => {
    const store = openRunStore({ dir });
    const ids = Array.from({ length: 7 }, () => {
      using run = store.createRun();
      return run.id;
    });
    const error = assertThrows(() => store.resolve("20"), RunError);
    assertEquals(
      error.message,
      `Cannot read run '20' as it must name one run: 7 match it (2 more, ${
        ids.slice(2).join(", ")
      })`,
    );
  });
});

Deno.test("resolve() says what to do when there is no such run", async () => {
  await withFolder((folder) => {
    const store = openRunStore({ dir: `${folder}/new` });
    const directory = store.directory ?? "";
    assertStringIncludes(directory, "runs");
    assertEquals(
      assertThrows(() => store.resolve(), RunError).message,
      `Cannot read the latest run as '${directory}' holds none: make one with 'coldtrace serve'`,
    );
    assertEquals(
      assertThrows(() => store.resolve("abc"), RunError).message,
      `Cannot read run 'abc' as '${directory}' holds none: make one with 'coldtrace serve'`,
    );
    store.createRun().close();
    assertEquals(
      assertThrows(() => store.resolve("abc"), RunError).message,
      `Cannot read run 'abc' as no run in '${directory}' has that id or label, and no file that name`,
    );
  });
});

/** Stores a run for each root, and gives their ids. */
function store(dir: string, ...roots: SpanRecord["attributes"][]): string[] {
  const runs = openRunStore({ dir });
  return roots.map((attributes) => {
    using run = runs.createRun();
    run.write([spanRecord(0), rootRecord(attributes)]);
    return run.id;
  });
}

Deno.test("createRun() keeps what has a label, and the series that the last runs are of", async () => {
  await withFolder((dir) => {
    const label = (text: string) => ({ "coldtrace.label": text });
    const series = { ...label("slow"), "coldtrace.series": "s" };
    const [, eager, ...ids] = store(dir, {}, label("eager"), series, series, series);
    const runs = openRunStore({ dir, keep: 2 });
    const mine = Array.from({ length: 3 }, () => {
      using run = runs.createRun();
      return run.id;
    });
    const kept = runs.list().map(({ id }) => id);
    assertEquals(kept, [eager, ...ids, ...mine.slice(1)].toSorted());
    assertEquals(runs.prune(0).length, 6);
    assertEquals(runs.list(), []);
  });
});

Deno.test("resolveAll() names the one run of an id, the runs of a label, or a file", async () => {
  await withFolder(async (dir) => {
    const [one = "", two = ""] = store(
      dir,
      { "coldtrace.label": "feature/x.json" },
      { "coldtrace.label": "feature/x.json" },
    );
    const third = { "coldtrace.label": one.slice(0, -1) };
    const [three = "", four = ""] = store(dir, third, { "coldtrace.label": "2" });
    const runs = openRunStore({ dir });
    const paths = new Map(runs.list().map(({ id, path }) => [id, path]));
    const idsOf = (ref: string) =>
      runs.resolveAll(ref).map((path) =>
        [...paths].find(([, known]) => known === path)?.[0] ?? path
      );
    assertEquals(idsOf("feature/x.json"), [one, two]);
    assertEquals(runs.resolve("feature/x.json"), paths.get(two));
    // The beginning of one id goes before a label, a label before the beginning of several.
    assertEquals(idsOf(one.slice(0, -1)), [one]);
    assertEquals(idsOf("2"), [four]);
    assertEquals(idsOf(three), [three]);
    assertEquals(idsOf("-"), ["-"]);
    await Deno.mkdir(`${dir}/feature`);
    await Deno.writeTextFile(`${dir}/feature/x.json`, "");
    assertEquals(idsOf(`${dir}/feature/x.json`), [`${dir}/feature/x.json`]);
    assertEquals(idsOf("./new.jsonl"), ["./new.jsonl"]);
    assertEquals(idsOf("LICENSE"), ["LICENSE"]);
    assertThrows(() => idsOf(""), RunError);
  });
});

Deno.test("labelled() finds starts that are under way where their roots are told", async () => {
  await withFolder((dir) => {
    const openRoot = () => rootRecord({ "coldtrace.label": "now" });
    const runs = openRunStore({ dir, openRoot });
    using run = runs.createRun();
    assertEquals(runs.labelled("now").map(({ id }) => id), [run.id]);
    assertEquals(openRunStore({ dir }).labelled("now"), []);
  });
});

Deno.test("remove() removes a run, unless it is being written", async () => {
  await withFolder((dir) => {
    const runs = openRunStore({ dir });
    const run = runs.createRun();
    const [info = { id: "", path: "" }] = runs.list();
    if (Deno.build.os !== "windows") assertEquals(runs.remove(info), false);
    run.close();
    assertEquals([runs.remove(info), runs.list()], [true, []]);
  });
});

Deno.test("list() tells why when the folder cannot be read", async () => {
  await withFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/runs`, "");
    const error = assertThrows(() => openRunStore({ dir: folder }).list(), RunError);
    assertMatch(error.message, /^Cannot list runs as '.*runs' cannot be read: Not a dir[^:]*$/);
  });
});
