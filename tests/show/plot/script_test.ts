import { stripTypeScriptTypes } from "node:module";
import { assert, assertEquals, assertLess } from "@std/assert";
import { SCRIPT } from "../../../src/show/plot/script.ts";

const PAGE = new URL("../../../src/show/plot/page/", import.meta.url);

Deno.test("SCRIPT is one script without types, imports and comments", () => {
  // It throws where it is not: a name that is there twice, an import, a type.
  const script = new Function(SCRIPT);
  assertEquals(script.length, 0);
  assert(!/^(import|export|interface|type) /m.test(SCRIPT));
  assert(!/^\s*(\/\/|\/\*|\*)/m.test(SCRIPT));
  assertLess(SCRIPT.length, 44_000);
});

Deno.test("SCRIPT has every module of the page once", () => {
  const source = Deno.readTextFileSync(new URL("../script.ts", PAGE));
  for (const { name } of Deno.readDirSync(PAGE)) {
    if (!name.endsWith(".ts")) continue;
    assert(source.includes(`"./page/${name}" with`), `${name} is imported`);
    const [, defined = ""] = /^export (?:function|class) (\w+)/m.exec(
      Deno.readTextFileSync(new URL(name, PAGE)),
    ) ?? [];
    const found = SCRIPT.match(new RegExp(`^(function|class) ${defined}\\b`, "gm"));
    assert(defined === "" || found?.length === 1, `${name} is in it once`);
  }
});

Deno.test("SCRIPT keeps every text of its modules as it is", () => {
  // What makes it small may not reach into texts.
  const texts = (code: string) => new Set(code.match(/"[^"\n]*"/g));
  const kept = texts(SCRIPT);
  for (const { name } of Deno.readDirSync(PAGE)) {
    if (!name.endsWith(".ts")) continue;
    const code = stripTypeScriptTypes(Deno.readTextFileSync(new URL(name, PAGE)))
      .replace(/^import [^;]*;\n/gm, "").replace(/^\s*(\/\/|\/\*\*|\*).*\n/gm, "");
    for (const text of texts(code)) assert(kept.has(text), `${name}: ${text}`);
  }
});
