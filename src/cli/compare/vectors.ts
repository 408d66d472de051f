import { isBaseline, readBaseline, writeBaseline } from "../../read/comparison/baseline.ts";
import { readStart } from "../../read/start.ts";
import { type RunVector, vectorOf } from "../../read/comparison/vector.ts";
import { isBeingWritten } from "../../runs/store.ts";
import { runFileName, runIdOf } from "../../runs/run_id.ts";
import config from "../../../deno.json" with { type: "json" };
import type { SpanRecord } from "../../trace/record.ts";
import { UsageError } from "../args.ts";
import { allRunsNamed, startsNamed } from "../run_names.ts";
import { openStore } from "../run_store.ts";
import { vectorsIn } from "./_vectors_in.ts";
import { readAside } from "./aside.ts";
import { PeekedStdin } from "./stdin.ts";

/** The operand of verbs that compare runs, in a line of help. */
export const REF_HELP = "a label, an id, FILE, FILE#2, a baseline file, -; several with commas";

/**
 * Reads what runs are compared by: of baseline files the lines, of runs what they say. Of stored
 * ones that is kept beside them, in the folder `vectors` of the data directory, as reading a run of
 * vLLM takes a tenth of a second.
 *
 * @param refs what names those of each side, as for `readRunInputs`; or a baseline file, whose lines
 * are its starts.
 * @param dir what `--dir` says.
 * @returns at least one of each side.
 * @throws {UsageError} if one is not there, or cannot be read.
 */
export async function readVectors(
  refs: readonly string[],
  dir: string | undefined,
): Promise<RunVector[][]> {
  const kept = new KeptVectors(openStore(dir).directory);
  const stdin = new PeekedStdin();
  const sides = refs.map((ref) => allRunsNamed(ref, dir));
  const known = new Map<string, readonly RunVector[] | undefined>();
  for (const { path } of sides.flat()) {
    if (!known.has(path)) known.set(path, await readIfBaseline(path, stdin) ?? kept.get(path));
  }
  const unread = [...known.keys()].filter((path) => known.get(path) === undefined);
  const aside = await readAside(unread.filter((path) => path !== "-"));
  for (const path of unread) {
    const read = aside.get(path) ?? await vectorsIn(path, stdin);
    known.set(path, read);
    kept.set(path, read);
  }
  kept.tidy();
  return sides.map((names) => {
    const vectors = names.flatMap((name) => startsNamed(known.get(name.path) ?? [], name));
    // A run that several names stand for is one.
    return [...new Map(vectors.map((vector) => [vector.run, vector])).values()];
  });
}

/**
 * Keeps what a run is compared by that has just been stored, so that the first comparison of many is
 * as quick as the second.
 *
 * @param path its file, when nothing more is written to it.
 * @param records its spans.
 */
export function keepVector(
  path: string,
  records: readonly SpanRecord[],
  dir: string | undefined,
): void {
  new KeptVectors(openStore(dir).directory).set(path, [vectorOf(readStart(records))]);
}

/** How many bytes tell a baseline. */
const BEGINNING = 64;

/** The vectors of a baseline file; `undefined` where it is none. */
async function readIfBaseline(
  path: string,
  stdin: PeekedStdin,
): Promise<RunVector[] | undefined> {
  const isStdin = path === "-";
  const beginning = isStdin ? await stdin.peek(BEGINNING) : beginningOf(path);
  if (!isBaseline(new TextDecoder().decode(beginning))) return undefined;
  try {
    return readBaseline(isStdin ? await stdin.text() : Deno.readTextFileSync(path));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UsageError(`Cannot read baseline '${path}' as ${reason}`);
  }
}

/** The first bytes of a file; none where it cannot be read, which reading it as a run will tell. */
function beginningOf(path: string): Uint8Array {
  try {
    using file = Deno.openSync(path);
    const bytes = new Uint8Array(BEGINNING);
    return bytes.subarray(0, file.readSync(bytes) ?? 0);
  } catch {
    return new Uint8Array();
  }
}

/** What was found out about stored runs, for as long as they and coldtrace are what they were. */
class KeptVectors {
  readonly #runs: string | undefined;
  readonly #folder: string | undefined;
  #isChanged = false;

  constructor(runs: string | undefined) {
    this.#runs = runs;
    this.#folder = runs?.replace(/runs$/, "vectors");
  }

  get(path: string): RunVector[] | undefined {
    const file = this.#fileOf(path);
    const stamp = stampOf(path);
    if (file === undefined || stamp === undefined) return undefined;
    try {
      const [first, ...lines] = Deno.readTextFileSync(file).split("\n");
      return first === stamp ? readBaseline(lines.join("\n")) : undefined;
    } catch {
      return undefined;
    }
  }

  /** What cannot be kept is read again. */
  set(path: string, vectors: readonly RunVector[]): void {
    const file = this.#fileOf(path);
    const stamp = stampOf(path);
    if (this.#folder === undefined || file === undefined || stamp === undefined) return;
    if (isBeingWritten(path)) return;
    try {
      Deno.mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
      const unfinished = `${file}.${Deno.pid}`;
      Deno.writeTextFileSync(unfinished, `${stamp}\n${writeBaseline(vectors)}`, { mode: 0o600 });
      Deno.renameSync(unfinished, file);
      this.#isChanged = true;
    } catch {
      return;
    }
  }

  /** Removes what is kept of runs that are gone. */
  tidy(): void {
    if (!this.#isChanged || this.#folder === undefined || this.#runs === undefined) return;
    try {
      for (const { name } of Deno.readDirSync(this.#folder)) {
        const run = `${this.#runs}/${runFileName(name.split(".", 1)[0] ?? "")}`;
        if (stampOf(run) === undefined) Deno.removeSync(`${this.#folder}/${name}`);
      }
    } catch {
      return;
    }
  }

  /** Only of runs in the store: nothing is written to the folders of others. */
  #fileOf(path: string): string | undefined {
    const id = runIdOf(path.split(/[/\\]/).at(-1) ?? "");
    const isStored = id !== undefined && this.#runs !== undefined && path.startsWith(this.#runs);
    return isStored ? `${this.#folder}/${id}.jsonl` : undefined;
  }
}

/** What tells one state of a run's file from another; `undefined` where there is no file. */
function stampOf(path: string): string | undefined {
  try {
    const { size, mtime } = Deno.statSync(path);
    return `${config.version} ${size} ${mtime?.getTime()}`;
  } catch {
    return undefined;
  }
}
