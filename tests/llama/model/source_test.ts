import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import {
  describeModelSource,
  modelPath,
  type ModelSource,
  parseModelSource,
} from "../../../src/llama/model/source.ts";

function hub(repo: string, revision: string, file: string): ModelSource {
  return { kind: "hub", repo, revision, file };
}

Deno.test("parseModelSource() reads files, the hub's files and URLs", () => {
  const cases: [string, ModelSource][] = [
    ["model.gguf", { kind: "file", path: "model.gguf" }],
    ["/a b/model", { kind: "file", path: "/a b/model" }],
    ["C:\\models\\m.gguf", { kind: "file", path: "C:\\models\\m.gguf" }],
    ["hf:o/r/m.gguf", hub("o/r", "main", "m.gguf")],
    ["hf:o/r.x-1@v1.0/sub/m.Q4_K.gguf", hub("o/r.x-1", "v1.0", "sub/m.Q4_K.gguf")],
    ["hf:o/r@refs/pr/3/m.gguf", hub("o/r", "refs/pr/3", "m.gguf")],
    ["hf:o/r@feature%2Fx/m.gguf", hub("o/r", "feature/x", "m.gguf")],
    ["https://huggingface.co/o/r/blob/main/m.gguf", hub("o/r", "main", "m.gguf")],
    ["https://hf.co/o/r/resolve/v1/m.gguf?download=true", hub("o/r", "v1", "m.gguf")],
    ["https://example.com/m.gguf?k=1#x", { kind: "url", url: "https://example.com/m.gguf?k=1" }],
    ["http://127.0.0.1:80/m", { kind: "url", url: "http://127.0.0.1/m" }],
    ["http://[::1]:81/m", { kind: "url", url: "http://[::1]:81/m" }],
  ];
  for (const [value, source] of cases) assertEquals(parseModelSource(value), source, value);
});

Deno.test("parseModelSource() refuses everything else with one line", () => {
  const hubRule = "'hf:' must be followed by OWNER/REPO[@REVISION]/FILE.gguf";
  const rule = "it must be a GGUF file, hf:OWNER/REPO[@REVISION]/FILE.gguf or an https URL";
  const cases: [string, string][] = [
    ["", "it must not be empty"],
    ["hf:", hubRule],
    ["hf:o/m.gguf", hubRule],
    ["hf:o/r/m.safetensors", hubRule],
    ["hf:../../m.gguf", hubRule],
    ["hf:o/r/../../m.gguf", hubRule],
    ["hf:o/r/a\\..\\m.gguf", hubRule],
    ["hf:o/r@../m.gguf", hubRule],
    ["hf:o/r@%2e%2e/m.gguf", hubRule],
    ["hf:o/r@%zz/m.gguf", hubRule],
    ["hf:o/r/m-00001-of-00002.gguf", "a split model must be downloaded by hand"],
    ["https://example.com/m-00001-of-00002.gguf", "a split model must be downloaded by hand"],
    ["http://example.com/m.gguf", rule],
    ["s3://bucket/m.gguf", rule],
    ["file:///m.gguf", rule],
    ["https://", rule],
  ];
  for (const [value, expected] of cases) {
    const { message } = assertThrows(() => parseModelSource(value), TypeError);
    assertStringIncludes(message, `Cannot use model as ${expected}`, value);
    assertStringIncludes(message, `: current value is '${value}'`);
  }
});

Deno.test("parseModelSource() repeats no secret of a URL", () => {
  const { message } = assertThrows(() => parseModelSource("https://me:pw@example.com/m?sig=s3c"));
  assertEquals(
    message,
    "Cannot use model as a URL must not hold a name or a password: " +
      "current value is 'https://example.com/m'",
  );
});

Deno.test("describeModelSource() writes a source as it was given, less its secrets", () => {
  for (const value of ["m.gguf", "hf:o/r/m.gguf", "hf:o/r@v1/m.gguf"]) {
    assertEquals(describeModelSource(parseModelSource(value)), value);
  }
  const url = parseModelSource("https://example.com/a/m.gguf?sig=s3c");
  assertEquals(describeModelSource(url), "https://example.com/a/m.gguf");
});

Deno.test("modelPath() gives each source a place of its own below the folder", () => {
  const path = (value: string) => modelPath(parseModelSource(value), "/models");
  assertEquals(path("m.gguf"), "m.gguf");
  assertEquals(path("hf:o/r@refs/pr/3/sub/m.gguf"), "/models/hf/o--r/refs%2Fpr%2F3/sub/m.gguf");
  const urls = [
    "https://example.com/a/m.gguf",
    "https://example.com/a/m.gguf?v=2",
    "https://example.com:8443/a/m.gguf",
    "https://example.com/b/m.gguf",
  ].map(path);
  assertEquals(new Set(urls).size, urls.length);
  for (const url of urls) {
    assertStringIncludes(url, "/models/url/example.com");
    assertEquals(url.includes("?"), false, "a query may be a secret");
  }
  assertStringIncludes(path("https://example.com/%2e%2e/%2e%2e/x%5C..%5Cm"), "/models/url/");
});
