import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { CACHED } from "../../../src/read/reasons/cold.ts";
import {
  behind,
  commandOf,
  proofOf,
  runBefore,
  withArgs,
  withEnv,
  withFreshFolders,
  withOption,
  withoutArg,
  withSite,
} from "../../../src/read/reasons/proof.ts";
import { recorded, sketched } from "./_starts.ts";

/** The words that a shell makes of a line. */
async function wordsOf(line: string): Promise<string[]> {
  const args = ["-c", `for word in "$@"; do printf '%s\\0' "$word"; done`, "sh"];
  const script = `set -- ${line}; ${args[1]}`;
  const { stdout } = await new Deno.Command("sh", { args: ["-c", script] }).output();
  return new TextDecoder().decode(stdout).split("\0").slice(0, -1);
}

Deno.test("proofOf() survives a shell, the other command a second one", async () => {
  const word = fc.stringMatching(/^[ -~é\n]{0,8}$/);
  await fc.assert(
    fc.asyncProperty(fc.array(word, { minLength: 1, maxLength: 4 }), word, async (words, dir) => {
      const trial = { name: "other", change: withArgs("--eager") };
      const options = ["--ready-log", dir];
      const line = proofOf(words, { id: "x", trial }, { dir, options });
      const [, , , , ...rest] = await wordsOf(line);
      const other = rest[7] ?? "";
      assertEquals(rest.toSpliced(7, 1), [
        ...["--dir", dir, "--label", "x-now", ...options, "--interleave", "--"],
        ...words,
      ]);
      assertEquals(await wordsOf(other.replace(/^x-other=/, "")), [...words, "--eager"]);
    }),
    { numRuns: 40 },
  );
});

Deno.test("proofOf() leaves COMMAND where none is known, and the other where there is none", () => {
  assertEquals(
    proofOf(undefined, {
      id: "compilation",
      trial: { name: "eager", change: withArgs("--enforce-eager") },
    }),
    "coldtrace run -n 6 --label compilation-now --interleave compilation-eager='COMMAND --enforce-eager' -- COMMAND",
  );
  assertEquals(
    proofOf(["a", "b c"], { id: "died" }),
    "coldtrace run -n 6 --label died-now -- a 'b c'",
  );
});

Deno.test("proofOf() keeps secrets as they were recorded", () => {
  const words = ["vllm", "serve", "--api-key", "[redacted]"];
  assertEquals(
    proofOf(words, { id: "died" }),
    "coldtrace run -n 6 --label died-now -- vllm serve --api-key '[redacted]'",
  );
});

Deno.test("proofOf() starts our own engine by serve, and says where to ask it", () => {
  const start = sketched({
    ready: 100,
    attributes: {
      "process.command_args":
        "deno run --allow-run /x/src/llama/api_main.ts --addon /bins --model m.gguf --host 127.0.0.1 --port 0 --no-mmap"
          .split(" "),
    },
  });
  assertEquals(
    proofOf(commandOf(start), {
      id: "weights",
      trial: { name: "mapped", change: withoutArg("--no-mmap") },
    }),
    "coldtrace run -n 6 --label weights-now --ready-url http://127.0.0.1:8000/health --interleave " +
      "weights-mapped='coldtrace serve --no-store --model m.gguf --host 127.0.0.1 --port 8000' -- " +
      "coldtrace serve --no-store --model m.gguf --host 127.0.0.1 --port 8000 --no-mmap",
  );
});

Deno.test("changes add, set and leave out", () => {
  const words = ["vllm", "serve", "M", "--load-format=auto", "--no-mmap"];
  const set = withOption("--load-format", "dummy");
  assertEquals(set(words), ["vllm", "serve", "M", "--load-format", "dummy", "--no-mmap"]);
  assertEquals(set(["v", "--load-format", "pt", "-x"]), ["v", "--load-format", "dummy", "-x"]);
  assertEquals(set(["v"]), ["v", "--load-format", "dummy"]);
  assertEquals(withoutArg("--no-mmap")(words), words.slice(0, -1));
  assertEquals(withEnv({ A: "1", B: "" })(["v"]), ["env", "A=1", "B=", "v"]);
  assertEquals(behind("nice", "-n", "1")(["v"]), ["nice", "-n", "1", "v"]);
});

Deno.test("changes of a shell's script go to its end", () => {
  const words = ["/bin/sh", "-c", "export A=1; exec vllm serve 'my model'"];
  assertEquals(withArgs("--enforce-eager")(words).at(-1), `${words[2]} --enforce-eager`);
  assertEquals(
    withOption("--load-format", "dummy")(words).at(-1),
    `${words[2]} --load-format dummy`,
  );
});

Deno.test("withFreshFolders() and withSite() run the command as it is", async () => {
  const show = ["sh", "-c", 'test -d "$A" && ls -A "$A" && echo "$0" "$B"', "it's"];
  for (const change of [withFreshFolders("A"), withFreshFolders("B", "A")]) {
    const [program = "", ...args] = change(show);
    const { stdout } = await new Deno.Command(program, { args }).output();
    assertEquals(/^it's( \/\S+)?\s*$/.test(new TextDecoder().decode(stdout)), true);
  }
  const [program = "", ...args] = withSite("import gc")([
    "sh",
    "-c",
    "cat ${PYTHONPATH#/first:}/*.py",
  ]);
  const env = { PYTHONPATH: "/first" };
  const { stdout } = await new Deno.Command(program, { args, env }).output();
  assertEquals(new TextDecoder().decode(stdout), "import gc\n");
});

Deno.test("commandOf() takes the root's, else that of the engine's own process", async () => {
  assertEquals(
    (await recorded("tp2")).root?.attributes["process.command_args"] !== undefined,
    true,
  );
  assertEquals(commandOf(await recorded("tp2"))?.slice(0, 2), ["/venv/bin/vllm", "serve"]);
  // Recorded before roots had it.
  assertEquals(commandOf(await recorded("cold"))?.slice(0, 3), [
    "/venv/bin/python",
    "/venv/bin/vllm",
    "serve",
  ]);
  assertEquals(commandOf(sketched({ ready: 1 })), undefined);
});

Deno.test("proofOf() warms up first where the other one keeps something", () => {
  const trial = { name: "kept", change: withEnv({ A: "1" }), keeps: true };
  assertEquals(
    proofOf(["v"], { id: "x", trial }),
    "coldtrace run -n 6 --label x-now --warm --interleave x-kept='env A=1 v' -- v",
  );
});

Deno.test("proofOf() asks our own engine where run was told to", () => {
  const words = ["coldtrace", "serve"];
  assertEquals(
    proofOf(words, { id: "died" }, { options: ["--ready-url", "http://127.0.0.1:1/"] }),
    "coldtrace run -n 6 --label died-now --ready-url http://127.0.0.1:1/ -- coldtrace serve",
  );
});

Deno.test("runBefore() takes what run was told, of other starts nothing", () => {
  const options = ["--ready-log", "is (up|ready)", "--logs"];
  const attributes = { "coldtrace.run.options": options, "coldtrace.cold": "rm -rf cache" };
  assertEquals(runBefore(sketched({ ready: 1, attributes })), { options, cold: "rm -rf cache" });
  assertEquals(runBefore(sketched({ ready: 1 })), { options: [], cold: undefined });
});

Deno.test("proofOf() makes cold what was cold, and warms nothing then", () => {
  const trial = { name: "kept", change: withEnv({ A: "1" }), keeps: true };
  assertEquals(
    proofOf(["v"], { id: "x", trial }, { options: ["--logs"], cold: "rm -rf cache" }),
    "coldtrace run -n 6 --label x-now --logs --cold 'rm -rf cache' --interleave x-kept='env A=1 v' -- v",
  );
});

Deno.test("proofOf() leaves both commands as they are where only what is cold differs", () => {
  assertEquals(
    proofOf(["v"], { id: "x", trial: CACHED }),
    `coldtrace run -n 6 --label x-now --cold 'test "$COLDTRACE_LABEL" = x-cached && exit; ` +
      "sync; echo 3 >/proc/sys/vm/drop_caches' --interleave x-cached=v -- v",
  );
});

Deno.test("commandOf() sets the variables that stood before the command", () => {
  const attributes = {
    "process.command_args": ["vllm", "serve"],
    "process.environment_variable.VLLM_USE_AOT_COMPILE": "0",
    "process.environment_variable.HF_TOKEN": "[redacted]",
  };
  const command = commandOf(sketched({ ready: 1, attributes }));
  assertEquals(command, ["env", "VLLM_USE_AOT_COMPILE=0", "HF_TOKEN=[redacted]", "vllm", "serve"]);
});
