import { assert, assertEquals, assertMatch } from "@std/assert";
import { plotOf } from "../../../src/read/plot/plot.ts";
import { plotReport } from "../../../src/show/plot_json.ts";
import { plotPage } from "../../../src/show/plot/page.ts";
import { stored } from "../_starts.ts";

Deno.test("plotPage() allows its own script and style alone, by their hashes", async () => {
  const html = await plotPage([plotOf(stored("ready")[0])]);
  const [, policy = ""] = /http-equiv="Content-Security-Policy" content="([^"]+)"/.exec(html) ?? [];
  assertMatch(policy, /^default-src 'none'; script-src 'sha256-\S+'; style-src 'sha256-\S+'; /);
  const hashOf = async (text = "") => {
    const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
    return `'sha256-${new Uint8Array(digest).toBase64()}'`;
  };
  const [, script] = /<script>([^]*)<\/script>/.exec(html) ?? [];
  const [, style] = /<style>([^]*)<\/style>/.exec(html) ?? [];
  assert(policy.includes(`script-src ${await hashOf(script)};`));
  assert(policy.includes(`style-src ${await hashOf(style)};`));
  // A policy takes no handlers and styles in attributes, and loads nothing.
  assert(!/<[^>]*\s(on\w+|style|src|href)=/.test(html.replace(/<script[^]*?<\/script>/g, "")));
});

Deno.test("plotPage() embeds the report, and the table for those without scripts", async () => {
  const plot = plotOf(stored("died")[0]);
  const html = await plotPage([plot]);
  const [, json = ""] = /<script id="data" type="application\/json">(.*)<\/script>/.exec(html) ??
    [];
  assertEquals(JSON.parse(json), plotReport([plot]));
  assertMatch(html, /<title>llama\.cpp died after 173\.8 ms .* \| coldtrace<\/title>/);
  assertMatch(html, /<table>[^]*<noscript>|<noscript>[^]*<table>/);
});

Deno.test("plotPage() calls two starts A and B, and explains only signs that there are", async () => {
  const [ready, died] = [plotOf(stored("ready")[0]), plotOf(stored("died")[0])];
  const [one, two] = [await plotPage([ready]), await plotPage([ready, died])];
  assertEquals(one.match(/<h1>/g)?.length, 1);
  assert(!one.includes('<i class="ended">') && !one.includes('<i class="cpu">'));
  assertMatch(two, /<h1><span class="letter">B<\/span>llama\.cpp died/);
  assert(two.includes('<i class="ended">'));
});
