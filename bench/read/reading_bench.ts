/**
 * Reading one start: `time`, `blame`, `chain` and `gaps`, each a whole process, on a recorded start
 * and on long ones.
 *
 * @module
 */
import { benchWith } from "../_permissions.ts";
import { Rounds } from "../_rounds.ts";
import { Reading, VERBS } from "./_reading.ts";

let reading: Reading | undefined;

function opened(): Reading {
  if (reading === undefined) {
    const made = reading = new Reading();
    addEventListener("unload", () => made[Symbol.dispose]());
  }
  return reading;
}

const SIZES = [undefined, 10_000, 100_000];
const modes = ["an empty Deno program", ...VERBS] as const;

for (const size of SIZES) {
  const rounds = new Rounds<typeof modes[number]>(modes, (mode) => {
    const time = mode === "an empty Deno program" ? opened().empty() : opened().time(mode, size);
    return Promise.resolve({ time });
  }, size === undefined ? 12 : 4);
  const group = size === undefined ? "a small start" : `${size.toLocaleString("en")} spans`;
  benchWith(
    ["run", "read", "write", "env"],
    `reading ${group}`,
    modes.map((name) =>
      rounds.bench("time", name, { name, group, baseline: name === "an empty Deno program" })
    ),
  );
}
