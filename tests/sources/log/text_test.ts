import { assertEquals } from "@std/assert";
import { redactLog, withoutAnsi } from "../../../src/sources/log/text.ts";

const ESC = "\u001b";

Deno.test("withoutAnsi() leaves out colours, movements, titles and character sets", () => {
  for (
    const [text, expected] of [
      ["plain [1m text", "plain [1m text"],
      [`${ESC}[1;36mbold${ESC}[0;0m`, "bold"],
      [`a${ESC}[2K${ESC}[1Gb${ESC}[?25lc`, "abc"],
      [`${ESC}]0;title\u0007text`, "text"],
      [`${ESC}]8;;http://x${ESC}\\link${ESC}]8;;${ESC}\\`, "link"],
      [`${ESC}(Btext${ESC}7${ESC}M`, "text"],
      [`torn ${ESC}[38;5`, "torn "],
      [`torn ${ESC}`, "torn "],
      [`${ESC}[38;5;${ESC}[0mx`, "x"],
    ] as const
  ) assertEquals(withoutAnsi(text), expected);
});

Deno.test("redactLog() hides secrets in what Python shows, and in what others write", () => {
  for (
    const [text, expected] of [
      ["{'api_key': 'x', 'port': 1}", "{'api_key': '[redacted]', 'port': 1}"],
      [`{'api_key': ["a'b", 'c'], 'port': 1}`, "{'api_key': '[redacted]', 'port': 1}"],
      ["{'hf_token': \"it's\"}", "{'hf_token': '[redacted]'}"],
      ["Args(api_key='a\\'b', ssl_keyfile=None)", "Args(api_key='[redacted]', ssl_keyfile=None)"],
      ['{"my-secret": "x"}', `{"my-secret": '[redacted]'}`],
      ["{'password': 'x'}", "{'password': '[redacted]'}"],
      ["{'max_num_batched_tokens': 4096}", "{'max_num_batched_tokens': 4096}"],
      ["tokenizer='T', tokenizer_mode=auto", "tokenizer='T', tokenizer_mode=auto"],
      ["http://user:pass@host/", "http://[redacted]@host/"],
      ["Authorization: Bearer abc", "Authorization: [redacted]"],
    ] as const
  ) assertEquals(redactLog(text, 1_000), expected);
});

Deno.test("redactLog() shows no half of a secret that is cut", () => {
  const before = `${"x".repeat(90)} 'api_key': `;
  for (
    const secret of [`'${"s".repeat(50)}'`, `'${"s".repeat(9_000)}'`, `["${"s".repeat(9_000)}"`]
  ) {
    assertEquals(redactLog(before + secret, 110), `${before}'[redacted]`.slice(0, 110));
  }
});
