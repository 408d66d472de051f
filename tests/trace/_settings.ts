import { assertEquals } from "@std/assert";
import { type ExportSettings, readExportSettings } from "../../src/trace/export_settings.ts";
import { readSettings, type Settings } from "../../src/trace/settings.ts";

/** All that variables ask for, of the tracer and of the exporter. */
export type AllSettings = Settings & ExportSettings;

/** The settings and the warnings of some variables. */
export function read(env: Record<string, string>): { settings: AllSettings; warnings: string[] } {
  const warnings: string[] = [];
  const variable = (name: string) => env[name];
  const warn = (line: string) => warnings.push(line);
  const settings = readSettings(variable, warn);
  return { settings: { ...settings, ...readExportSettings(settings, variable, warn) }, warnings };
}

/** The settings of variables that nothing is wrong with. */
export function good(env: Record<string, string>): AllSettings {
  const { settings, warnings } = read(env);
  assertEquals(warnings, []);
  return settings;
}

/** The settings of variables with exactly one bad value, which is told by this line. */
export function bad(env: Record<string, string>, warning: string): AllSettings {
  const { settings, warnings } = read(env);
  assertEquals(warnings, [warning]);
  return settings;
}
