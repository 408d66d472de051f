/** What holds for the house as a whole: which room may import which, and what the lock names. */
import { assert, assertEquals } from "@std/assert";

const ROOT = new URL("../", import.meta.url);

/** The arrows: a room may import from itself and from these. */
const ARROWS: Record<string, string[]> = {
  trace: [],
  otlp: ["trace"],
  read: ["trace"],
  launch: ["trace"],
  runs: ["otlp", "trace"],
  sources: ["otlp", "trace"],
  show: ["read", "trace"],
  llama: ["launch", "trace"],
  start: ["launch", "runs", "sources", "trace"],
  cli: ["start", "sources", "runs", "read", "show", "llama", "launch", "trace"],
  ".": ["trace"],
};

interface Source {
  path: string;
  room: string;
  text: string;
  /** The code without comments, so that examples in docstrings import what they like. */
  code: string;
}

function* sources(folder: URL = new URL("src/", ROOT)): Generator<Source> {
  for (const entry of Deno.readDirSync(folder)) {
    const url = new URL(entry.name + (entry.isDirectory ? "/" : ""), folder);
    if (entry.isDirectory) yield* sources(url);
    else if (entry.name.endsWith(".ts")) {
      const path = url.href.slice(ROOT.href.length);
      const text = Deno.readTextFileSync(url);
      const code = text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/^\s*\/\/.*$/gm, "");
      yield { path, room: path.split("/").length > 2 ? path.split("/")[1] ?? "" : ".", text, code };
    }
  }
}

/** The specifiers of a file's static and literal dynamic imports. */
function specifiers(code: string): string[] {
  const found = code.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*"([^"]+)"/g);
  return [...found].map(([, specifier]) => specifier ?? "");
}

Deno.test("every room imports only from the rooms below it", () => {
  const wrong: string[] = [];
  for (const { path, room, code } of sources()) {
    for (const specifier of specifiers(code).filter((s) => s.startsWith("."))) {
      const target = new URL(specifier, new URL(path, ROOT)).href.slice(ROOT.href.length);
      const to = target.match(/^src\/([^/]+)\//)?.[1];
      if (to !== undefined && to !== room && !ARROWS[room]?.includes(to)) {
        wrong.push(`${path} -> ${target}`);
      }
    }
  }
  assertEquals(wrong, []);
});

Deno.test("private files are imported only from their own folder", () => {
  const wrong: string[] = [];
  for (const { path, code } of sources()) {
    for (const specifier of specifiers(code).filter((s) => s.startsWith("."))) {
      const name = specifier.split("/").at(-1) ?? "";
      if (name.startsWith("_") && specifier !== `./${name}`) wrong.push(`${path} -> ${specifier}`);
    }
  }
  assertEquals(wrong, []);
});

Deno.test("no import of OpenTelemetry or JSR stands in src", () => {
  // trace/otel.ts computes its specifiers, so a literal one is wrong even there.
  const wrong: string[] = [];
  for (const { path, code } of sources()) {
    for (const specifier of specifiers(code)) {
      if (/^(npm:)?@opentelemetry\/|^jsr:|^@std\//.test(specifier)) {
        wrong.push(`${path}: ${specifier}`);
      }
    }
  }
  assertEquals(wrong, []);
});

Deno.test("no file is a God file", () => {
  const long = [...sources()].filter(({ text }) => text.split("\n").length > 450);
  assertEquals(long.map(({ path }) => path).filter((path) => path !== "src/llama/corpus.ts"), []);
});

Deno.test("the lock file names no platform's addon", () => {
  const lock = Deno.readTextFileSync(new URL("deno.lock", ROOT));
  assert(!lock.includes("@node-llama-cpp/"), "every platform would download it");
});
