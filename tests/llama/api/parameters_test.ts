import { assertEquals, assertThrows } from "@std/assert";
import { ApiError } from "../../../src/llama/api/errors.ts";
import { chatRequest, checkModel, completionRequest } from "../../../src/llama/api/parameters.ts";

/** The parameter that a refusal names, its code and its message. */
function refusal(read: () => unknown): [string | null, string | null, string] {
  const { error } = assertThrows(read, ApiError).body();
  return [error.param, error.code, error.message];
}

const DEFAULTS = { temperature: 1, topP: 1, presencePenalty: 0, frequencyPenalty: 0, stop: [] };

Deno.test("completionRequest() has OpenAI's defaults", () => {
  assertEquals(completionRequest({ prompt: "a" }), {
    generate: { prompt: { text: "a" }, maxTokens: 16, ...DEFAULTS },
    stream: false,
    includeUsage: false,
  });
});

Deno.test("chatRequest() reads every parameter", () => {
  const request = chatRequest({
    messages: [
      { role: "system", content: "Be brief" },
      { role: "user", content: [{ type: "text", text: "a" }, { type: "text", text: "b" }] },
      { role: "assistant", content: null },
    ],
    max_tokens: 5,
    max_completion_tokens: 7,
    temperature: 0,
    top_p: 0.5,
    seed: -3,
    presence_penalty: 1,
    frequency_penalty: -2,
    stop: "END",
    stream: true,
    stream_options: { include_usage: true },
    n: 1,
    tools: [],
    logprobs: null,
    user: "somebody",
  });
  assertEquals(request, {
    generate: {
      prompt: {
        messages: [
          { role: "system", content: "Be brief" },
          { role: "user", content: "ab" },
          { role: "assistant", content: "" },
        ],
      },
      maxTokens: 7,
      seed: -3,
      temperature: 0,
      topP: 0.5,
      presencePenalty: 1,
      frequencyPenalty: -2,
      stop: ["END"],
    },
    stream: true,
    includeUsage: true,
  });
});

Deno.test("chatRequest() takes null for any optional parameter", () => {
  const body = { messages: [{ role: "user", content: "a" }] };
  const nulls = Object.fromEntries(
    ["max_tokens", "temperature", "top_p", "seed", "stop", "stream", "stream_options", "n"]
      .map((name) => [name, null]),
  );
  assertEquals(chatRequest({ ...body, ...nulls }), chatRequest(body));
});

Deno.test("completionRequest() names what is wrong, and its value", () => {
  const wrong: [Record<string, unknown>, string, string][] = [
    [{ prompt: 5 }, "prompt", "'prompt' must be a string, or an array that holds one"],
    [{ prompt: ["a", "b"] }, "prompt", "'prompt' must be a string, or an array that holds one"],
    [
      { max_tokens: 0 },
      "max_tokens",
      "'max_tokens' must be an integer of at least 1: current value is 0",
    ],
    [
      { max_tokens: 1.5 },
      "max_tokens",
      "'max_tokens' must be an integer of at least 1: current value is 1.5",
    ],
    [
      { temperature: 2.5 },
      "temperature",
      "'temperature' must be a number from 0 to 2: current value is 2.5",
    ],
    [
      { temperature: "1" },
      "temperature",
      `'temperature' must be a number from 0 to 2: current value is "1"`,
    ],
    [{ top_p: -0.1 }, "top_p", "'top_p' must be a number from 0 to 1: current value is -0.1"],
    [{ seed: 0.5 }, "seed", "'seed' must be an integer: current value is 0.5"],
    [{ stop: [""] }, "stop", "'stop' must be a text or up to 16 of them, none empty"],
    [{ stream: "yes" }, "stream", "'stream' must be true or false"],
    [{ stream_options: 1 }, "stream_options", "'stream_options' must be an object"],
  ];
  for (const [body, param, message] of wrong) {
    const read = () => completionRequest({ prompt: "a", ...body });
    assertEquals(refusal(read), [param, "invalid_value", message]);
  }
});

Deno.test("chatRequest() names the message that is wrong", () => {
  const wrong: [unknown, string][] = [
    [undefined, "messages"],
    [[], "messages"],
    [[null], "messages[0].role"],
    [[{ role: "user", content: "a" }, { content: "b" }], "messages[1].role"],
    [[{ role: "user", content: 5 }], "messages[0].content"],
    [[{ role: "user", content: [{ type: "image_url" }] }], "messages[0].content"],
  ];
  for (const [messages, param] of wrong) {
    assertEquals(refusal(() => chatRequest({ messages }))[0], param);
  }
});

Deno.test("completionRequest() refuses what it does not do rather than do something else", () => {
  const unsupported = {
    n: 2,
    best_of: 3,
    echo: true,
    suffix: "x",
    logprobs: 1,
    logit_bias: { "5": 1 },
    tools: [{}],
    response_format: { type: "json_object" },
  };
  for (const [name, value] of Object.entries(unsupported)) {
    const [param, code] = refusal(() => completionRequest({ prompt: "a", [name]: value }));
    assertEquals([param, code], [name, "unsupported_parameter"]);
  }
});

Deno.test("checkModel() takes the served model or none", () => {
  checkModel({}, "tiny");
  checkModel({ model: "tiny" }, "tiny");
  assertEquals(refusal(() => checkModel({ model: "gpt" }, "tiny")), [
    "model",
    "model_not_found",
    "The model 'gpt' does not exist: this engine serves 'tiny'",
  ]);
});
