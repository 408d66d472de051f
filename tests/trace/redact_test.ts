import { assertEquals } from "@std/assert";
import { redactArgs, redactText } from "../../src/trace/redact.ts";

const HIDDEN = "[redacted]";

Deno.test("redactArgs() hides the values of options that name a secret", () => {
  const cases: [string[], string[]][] = [
    [["--api-key", "k"], ["--api-key", HIDDEN]],
    [["--api-key=k=k"], [`--api-key=${HIDDEN}`]],
    [["--hf-token", "t", "--port", "1"], ["--hf-token", HIDDEN, "--port", "1"]],
    [["--token=t"], [`--token=${HIDDEN}`]],
    [["--password", "p"], ["--password", HIDDEN]],
    [["HF_TOKEN=t"], [`HF_TOKEN=${HIDDEN}`]],
    [["--ssl.keyfile_password", "p"], ["--ssl.keyfile_password", HIDDEN]],
    [["--use-auth", "--port"], ["--use-auth", "--port"]],
    [["--client-secret", "-x"], ["--client-secret", HIDDEN]],
    [["--api-key", "a", "b", "--port", "1"], ["--api-key", HIDDEN, HIDDEN, "--port", "1"]],
  ];
  for (const [args, expected] of cases) assertEquals(redactArgs(args), expected);
});

Deno.test("redactArgs() hides secrets by their form, wherever they stand", () => {
  const cases: [string, string][] = [
    ["download hf_abcdefghijkl now", `download ${HIDDEN} now`],
    ["-Hauthorization: Bearer abc.def", `-Hauthorization: ${HIDDEN}`],
    ["curl -H 'Authorization: Basic dTpw' x", `curl -H 'Authorization: ${HIDDEN}' x`],
    ["Bearer abc", `Bearer ${HIDDEN}`],
    ["https://user:pass@host/path?a=1", `https://${HIDDEN}@host/path?a=1`],
    [
      "https://host/f?auth=abc&sas=d&x-amz-signature=e",
      `https://host/f?auth=${HIDDEN}&sas=${HIDDEN}&x-amz-signature=${HIDDEN}`,
    ],
    ["https://host/path?token=abc&a=1", `https://host/path?token=${HIDDEN}&a=1`],
    ['{"api_key": "a\\"b", "n": 1}', `{"api_key": "${HIDDEN}", "n": 1}`],
  ];
  for (const [arg, expected] of cases) assertEquals(redactArgs([arg]), [expected]);
});

Deno.test("redactArgs() leaves everything else as it is", () => {
  const args = [
    "vllm",
    "serve",
    "--tokenizer",
    "mistral",
    "--max-tokens=5",
    "--model",
    "hf:owner/name@main/model.gguf",
    "mail@example.org",
    "http://127.0.0.1:8000/health?key_count=1",
    "",
  ];
  assertEquals(redactArgs(args), args);
});

Deno.test("redactText() hides secrets by their form in a text of many lines", () => {
  const text = "loading\nAuthorization: Bearer abc\nHF_TOKEN is hf_abcdefghijkl\ndone";
  assertEquals(
    redactText(text),
    `loading\nAuthorization: ${HIDDEN}\nHF_TOKEN is ${HIDDEN}\ndone`,
  );
});

Deno.test("redactText() hides what stands behind the name of a secret, and not what counts tokens", () => {
  const cases: [string, string][] = [
    ["HF_TOKEN=abc", `HF_TOKEN=${HIDDEN}`],
    ["export AWS_SECRET_ACCESS_KEY=abc/def;", `export AWS_SECRET_ACCESS_KEY=${HIDDEN}`],
    ["api_key: abc, port: 1", `api_key: ${HIDDEN}, port: 1`],
    ["{'api_key': ['abc'], 'port': 1}", `{'api_key': ['${HIDDEN}'], 'port': 1}`],
    ["vllm serve M --api-key abc --port 1", `vllm serve M --api-key ${HIDDEN} --port 1`],
    ["password = abc", `password = ${HIDDEN}`],
  ];
  for (const [text, expected] of cases) assertEquals(redactText(text), expected);
  for (
    const text of [
      "CPU KV cache size: 524,288 tokens",
      "max_num_batched_tokens=2048, max_tokens: 16",
      "'hf_token': None, 'api_key': null",
      "pad_token: 0",
      "the token was refused",
    ]
  ) assertEquals(redactText(text), text);
});
