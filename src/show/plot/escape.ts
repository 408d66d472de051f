/**
 * Text of traces in a page: it may say anything, and is never markup.
 *
 * @module
 */
import { printable } from "../width.ts";

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/**
 * Makes text safe between tags and in quoted attributes.
 *
 * @param text any text.
 * @returns it, with what HTML would obey as entities, and what would turn text round replaced.
 */
export function escapeHtml(text: string): string {
  return printable(text).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? "");
}

/**
 * Makes JSON safe in a `<script>`: nothing in it ends the element, opens a comment, or ends a
 * line of a script (HTML, "Restrictions for contents of script elements").
 *
 * @param value what `JSON.stringify` takes.
 * @returns JSON that means the same.
 */
export function escapeJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
