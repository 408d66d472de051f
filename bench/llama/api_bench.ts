/**
 * The API server's part of a start, phase by phase, downloading the model (from this machine)
 * included. As with the engine core, all is measured inside processes.
 *
 * @module
 */
import { benchWith } from "../_permissions.ts";
import { denoRun, program } from "../_process.ts";
import { Rounds } from "../_rounds.ts";
import { timesOf } from "./_children.ts";
import { engineFiles } from "./_files.ts";

const MODES = ["bare", "off", "on"] as const;
const PERMISSIONS = ["run", "read", "write", "env", "net"].map((name) => `--allow-${name}`);

const rounds = new Rounds<typeof MODES[number]>(MODES, async (mode) => {
  const { dir, addon, model } = await engineFiles();
  const bytes = await Deno.readFile(model);
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    () => new Response(bytes),
  );
  const url = `http://127.0.0.1:${server.addr.port}/model.gguf`;
  const downloads = Deno.makeTempDirSync({ dir });
  return await timesOf([
    ...denoRun("--unstable-no-legacy-abort", ...PERMISSIONS, program("llama/_api_main.ts")),
    addon,
    url,
    downloads,
    mode,
  ], mode === "on");
});

const PHASES = [
  "import modules",
  "listen HTTP",
  "download model",
  "read model config",
  "announce ready",
  "first token",
];

benchWith(
  ["run", "read", "write", "env", "net"],
  "the phases of the API server",
  PHASES.flatMap((phase) => {
    const group = `API server: ${phase}`;
    return [
      rounds.bench(phase, "bare", { name: "bare", group, baseline: true }),
      rounds.bench(phase, "off", { name: "tracing off", group }),
      rounds.bench(phase, "on", { name: "tracing on", group }),
    ];
  }),
);
