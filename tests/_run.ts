// deno-lint-ignore-file no-console -- a program, not a library
/**
 * `deno task test` and `deno task check`: Deno's own `test` and `check`, on machines that
 * cannot reach JSR too. Where `jsr:@std/assert` does not answer within 5 s, it is mapped to
 * the stand-in `tests/_assert.ts`.
 *
 * @module
 */
import config from "../deno.json" with { type: "json" };

const ROOT = new URL("../", import.meta.url);
/** What the tests may do. They start children (unscoped: group kill and `LD_*` need it). */
const PERMISSIONS = [
  "--allow-read",
  "--allow-write",
  "--allow-env",
  "--allow-run",
  "--allow-ffi",
  "--allow-sys",
  "--allow-net=127.0.0.1,localhost,[::1]",
];

/** Whether JSR answers for `@std/assert`; silence for 5 s counts as no. */
async function jsrAnswers(): Promise<boolean> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["cache", "--no-lock", "--no-config", config.imports["@std/assert"]],
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  const limit = setTimeout(() => child.kill("SIGKILL"), 5_000);
  const { success } = await child.status;
  clearTimeout(limit);
  return success;
}

/** The import map that replaces `imports`, with absolute URLs, and a lock to spare the real one. */
function standIn(folder: string): string[] {
  const imports: Record<string, string> = {
    ...config.imports,
    "@std/assert": new URL("tests/_assert.ts", ROOT).href,
  };
  for (const [name, path] of Object.entries(config.exports)) {
    imports[config.name + name.slice(1)] = new URL(path, ROOT).href;
  }
  Deno.writeTextFileSync(`${folder}/imports.json`, JSON.stringify({ imports }));
  const flags = [`--import-map=${folder}/imports.json`];
  try {
    Deno.copyFileSync(new URL("deno.lock", ROOT), `${folder}/deno.lock`);
    flags.push(`--lock=${folder}/deno.lock`);
  } catch {
    flags.push("--no-lock");
  }
  return flags;
}

/** Runs one `deno` command in the project's folder; its exit code becomes ours. */
async function deno(args: string[]): Promise<number> {
  const child = new Deno.Command(Deno.execPath(), { args, cwd: ROOT }).spawn();
  // Ctrl-C reaches the child by the terminal; a SIGTERM is only ours to pass on.
  if (Deno.build.os !== "windows") {
    Deno.addSignalListener("SIGTERM", () => child.kill("SIGTERM"));
    Deno.addSignalListener("SIGINT", () => {});
  }
  return (await child.status).code;
}

const [verb, ...rest] = Deno.args;
const folder = await Deno.makeTempDir({ prefix: "coldtrace-test-" });
let code: number;
try {
  const flags = await jsrAnswers() ? [] : standIn(folder);
  if (verb === "check") {
    code = await deno(["check", "--doc", ...flags, "mod.ts", "src", "tests", "bench"]);
  } else if (verb === "test") {
    const paths = rest.some((arg) => !arg.startsWith("-")) ? [] : ["mod.ts", "src", "tests"];
    code = await deno(["test", "--doc", "--parallel", ...PERMISSIONS, ...flags, ...rest, ...paths]);
  } else {
    console.error(`Cannot run '${verb ?? ""}' as it must be 'test' or 'check'`);
    code = 2;
  }
} finally {
  await Deno.remove(folder, { recursive: true });
}
Deno.exit(code);
