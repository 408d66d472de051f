import {
  assert,
  assertEquals,
  assertRejects,
  assertStrictEquals,
  assertStringIncludes,
} from "@std/assert";
import { decodeTraces, encodeTraces } from "../../src/otlp/json.ts";
import { RunError } from "../../src/runs/errors.ts";
import { readRun } from "../../src/runs/reader.ts";
import { outputOf, runMain } from "./_child.ts";
import { spanRecord } from "./_span.ts";

const LINES = [0, 1, 2].map((i) => encodeTraces([spanRecord(i)]));
const [FIRST = "", SECOND = ""] = LINES;

async function withFile(
  content: string | Uint8Array,
  use: (path: string) => Promise<void>,
): Promise<void> {
  const path = await Deno.makeTempFile({ suffix: ".jsonl" });
  try {
    await Deno.writeFile(
      path,
      typeof content === "string" ? new TextEncoder().encode(content) : content,
    );
    await use(path);
  } finally {
    await Deno.remove(path);
  }
}

async function rejects(content: string | Uint8Array, message: string): Promise<void> {
  await withFile(content, async (path) => {
    const error = await assertRejects(() => readRun(path), RunError);
    assertEquals(error.message.replaceAll(path, "FILE"), message);
  });
}

Deno.test("readRun() reads the Collector's file when it has several resources", async () => {
  const name = "../testdata/otlp/collector-v0.162-received-from-coldtrace.jsonl";
  const text = await Deno.readTextFile(new URL(name, import.meta.url));
  await withFile(text, async (path) => {
    const { records, torn } = await readRun(path);
    assertEquals(torn, 0);
    assertEquals(records, text.trimEnd().split("\n").flatMap((line) => decodeTraces(line)));
  });
});

Deno.test("readRun() passes over blank lines when there are some", async () => {
  await withFile(`\ufeff\n${FIRST}\r\n\r\n  \t\n${SECOND}`, async (path) => {
    assertEquals(await readRun(path), { records: [spanRecord(0), spanRecord(1)], torn: 0 });
  });
});

Deno.test("readRun() passes over lines of logs and metrics when the Collector wrote them to the same file", async () => {
  const others = '{"resourceLogs":[{"resource":{}}]}\n{"resourceMetrics":[]}\n';
  await withFile(`${others}${FIRST}\n${others}`, async (path) => {
    assertEquals(await readRun(path), { records: [spanRecord(0)], torn: 0 });
  });
  await rejects(
    others,
    "Cannot read run 'FILE' as it holds no line of OTLP/JSON: it has no traces",
  );
});

Deno.test("readRun() keeps duplicates, of one resource, when a span is there twice", async () => {
  await withFile(`${FIRST}\n${FIRST}\n`, async (path) => {
    const { records: [one, two] } = await readRun(path);
    assertEquals(one, two);
    assertStrictEquals(one?.resource, two?.resource);
    assertStrictEquals(one?.scope, two?.scope);
  });
});

Deno.test("readRun() skips and counts the last line when a crash cut it off, wherever", async () => {
  const bytes = new TextEncoder().encode(`${FIRST}\n${SECOND}`);
  const start = FIRST.length + 1;
  for (let size = start + 1; size < bytes.length; size += 37) {
    await withFile(bytes.subarray(0, size), async (path) => {
      assertEquals(await readRun(path), { records: [spanRecord(0)], torn: 1 });
    });
  }
  await withFile(bytes, async (path) => {
    assertEquals(await readRun(path), { records: [spanRecord(0), spanRecord(1)], torn: 0 });
  });
});

Deno.test("readRun() puts lines together when they are longer than what is read at once", async () => {
  const long = spanRecord(0, { attributes: { text: "é".repeat(400_000) } });
  const many = Array.from({ length: 5000 }, (_, i) => spanRecord(i + 1));
  const text = [long, ...many].map((record) => encodeTraces([record]) + "\n").join("");
  await withFile(text, async (path) => {
    const { records } = await readRun(path);
    assertEquals(records.map((r) => r.name), [long, ...many].map((r) => r.name));
    assertEquals(records[0], long);
  });
});

Deno.test("readRun() reads a line that is many times as long as what is read at once", async () => {
  const spans = Array.from({ length: 20_000 }, (_, i) => spanRecord(i + 1));
  const large = spanRecord(0, { attributes: { text: "é".repeat(1_500_000) } });
  const line = encodeTraces([...spans, large, ...spans]);
  await withFile(`${FIRST}\n${line}\n${SECOND}`, async (path) => {
    const { records } = await readRun(path);
    assertEquals(records, [spanRecord(0), ...spans, large, ...spans, spanRecord(1)]);
  });
  // The same, cut off within a character.
  const bytes = new TextEncoder().encode(line);
  const cut = bytes.slice(0, bytes.lastIndexOf(0xc3) + 1);
  const first = new TextEncoder().encode(`${FIRST}\n`);
  await withFile(new Uint8Array([...first, ...cut]), async (path) => {
    assertEquals(await readRun(path), { records: [spanRecord(0)], torn: 1 });
  });
  await withFile(`${FIRST}\n${line}}\n${SECOND}`, async (path) => {
    const error = await assertRejects(() => readRun(path), RunError);
    assertStringIncludes(error.message, ":2' as it must be JSON: ");
  });
});

Deno.test("readRun() finds the ends of lines wherever they are", async () => {
  const blanks = Array.from({ length: 60 }, (_, i) => " ".repeat(i % 11)).join("\n");
  const text = LINES.flatMap((line, i) => [line, blanks.slice(i)]).join("\n");
  await withFile(text, async (path) => {
    const { records } = await readRun(path);
    assertEquals(records, [0, 1, 2].map((i) => spanRecord(i)));
  });
});

Deno.test("readRun() names the file and line when a line is not OTLP/JSON", async () => {
  await rejects(
    `${FIRST}\n\n{"level":"info"}\n`,
    "Cannot read run 'FILE:3' as it must be an object with 'resourceSpans': " +
      'current value is {"level":"info"}',
  );
  await rejects(
    `${FIRST}\n{"resourceSpans":\n${FIRST}\n`,
    "Cannot read run 'FILE:2' as it must be JSON: Unexpected end of JSON input",
  );
  await rejects(
    `${FIRST}\n${SECOND.replace(/"traceId":"../, '"traceId":"')}`,
    "Cannot read run 'FILE:2' as 'span.traceId' must be 32 hexadecimal digits: " +
      'current value is "8efff798038103d269b633813fc60c"',
  );
});

Deno.test("readRun() tells so when a file holds no OTLP/JSON at all", async () => {
  const nothing = "Cannot read run 'FILE' as it holds no line of OTLP/JSON: ";
  await rejects("", nothing + "it is empty");
  await rejects("\n\n", nothing + "it is empty");
  await rejects(FIRST.slice(0, 100), nothing + "its only line is cut off");
  await rejects(
    "INFO ready",
    "Cannot read run 'FILE:1' as it must be JSON: " +
      `Unexpected token 'I', "INFO ready" is not valid JSON`,
  );
});

Deno.test("readRun() stops at once when the input is of another kind and has no end", async () => {
  const child = runMain(["read", "-"], []).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode("GGUF"));
  const { stderr } = await child.output();
  await writer.abort().catch(() => {});
  assertStringIncludes(
    new TextDecoder().decode(stderr),
    "Cannot read run 'stdin:1' as it must be JSON: ",
  );
});

Deno.test("readRun() tells why when a file cannot be read", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const missing = await assertRejects(() => readRun(`${folder}/no.jsonl`), RunError);
    assertEquals(
      missing.message,
      `Cannot read run '${folder}/no.jsonl' as it cannot be opened: no such file or folder`,
    );
    const wrong = await assertRejects(() => readRun(folder), RunError);
    assert(wrong.message.startsWith(`Cannot read run '${folder}' as `), wrong.message);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("readRun() reads standard input when given -", async () => {
  const input = LINES.join("\n") + '\n{"resourceSp';
  assertEquals(await outputOf(runMain(["read", "-"], []), input), "span-0 span-1 span-2 1\n");
});

Deno.test("readRun() asks for nothing when read access is not granted", async () => {
  const output = await outputOf(runMain(["read", "trace.jsonl"], []));
  assertStringIncludes(output, "RunError: Cannot read run 'trace.jsonl' as ");
  assertStringIncludes(output, "read access is not granted (--allow-read)");
});
