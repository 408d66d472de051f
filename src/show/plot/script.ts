/**
 * The page's script. Its modules are files of `page/`, checked and linted as such; in the page
 * they are one script without types, since a page that is a file can load no modules.
 *
 * @module
 */
import { stripTypeScriptTypes } from "node:module";
import bars from "./page/bars.ts" with { type: "text" };
import curves from "./page/curves.ts" with { type: "text" };
import format from "./page/format.ts" with { type: "text" };
import layout from "./page/layout.ts" with { type: "text" };
import legend from "./page/legend.ts" with { type: "text" };
import main from "./page/main.ts" with { type: "text" };
import model from "./page/model.ts" with { type: "text" };
import moments from "./page/moments.ts" with { type: "text" };
import overview from "./page/overview.ts" with { type: "text" };
import paint from "./page/paint.ts" with { type: "text" };
import palette from "./page/palette.ts" with { type: "text" };
import panel from "./page/panel.ts" with { type: "text" };
import path from "./page/path.ts" with { type: "text" };
import pick from "./page/pick.ts" with { type: "text" };
import search from "./page/search.ts" with { type: "text" };
import strips from "./page/strips.ts" with { type: "text" };
import view from "./page/view.ts" with { type: "text" };

/** Each behind those that it needs when it is loaded; functions may be called from anywhere. */
const MODULES = [
  model,
  format,
  view,
  bars,
  palette,
  layout,
  curves,
  path,
  moments,
  paint,
  strips,
  overview,
  legend,
  panel,
  pick,
  search,
  main,
];

/** The script: all modules in one scope, without types, comments and indentation. */
export const SCRIPT: string = `"use strict";{\n${MODULES.map(bare).join("\n")}\n}`;

/**
 * A module without what a browser does not take or need. It relies on how the files are written:
 * imports and `export` begin a line, a comment has lines of its own, names differ between
 * modules, and no text spans lines, has two blanks in a row, an operator between blanks, or a blank before a comma. The
 * browser tests run what comes out.
 */
function bare(source: string): string {
  return stripTypeScriptTypes(source)
    .replaceAll(/^import [^;]*;\n/gm, "")
    .replaceAll(/^export /gm, "")
    .replaceAll(/^\s*(\/\/|\/\*\*|\*).*\n/gm, "")
    .replaceAll(/^\s+/gm, "")
    .replaceAll(/ {2,}/g, " ")
    .replaceAll(/ (=>|[!=]==|&&|\|\||\?\?|[-+*/]=) /g, "$1")
    .replaceAll(/ +(?=[,)])/g, "");
}
