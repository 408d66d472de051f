import { assertEquals } from "@std/assert";
import { readSettings, type Settings } from "../../src/trace/settings.ts";

/** The settings and the warnings of some variables. */
export function read(env: Record<string, string>): { settings: Settings; warnings: string[] } {
  const warnings: string[] = [];
  return { settings: readSettings((name) => env[name], (line) => warnings.push(line)), warnings };
}

/** The settings of variables that nothing is wrong with. */
export function good(env: Record<string, string>): Settings {
  const { settings, warnings } = read(env);
  assertEquals(warnings, []);
  return settings;
}

/** The settings of variables with exactly one bad value, which is told by this line. */
export function bad(env: Record<string, string>, warning: string): Settings {
  const { settings, warnings } = read(env);
  assertEquals(warnings, [warning]);
  return settings;
}
