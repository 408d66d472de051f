import { assert, assertEquals } from "@std/assert";
import { readScript } from "../../../src/read/comparison/_script.ts";

/** What a shell runs in the end: each word of a program that writes what it is given. */
function readByShell(script: string): string[] {
  const folder = Deno.makeTempDirSync({ prefix: "coldtrace-script-" });
  try {
    const engine = `${folder}/engine`;
    Deno.writeTextFileSync(engine, `#!/bin/sh\nprintf '%s\\0' "$X" "$@"\n`, { mode: 0o755 });
    const { stdout, success } = new Deno.Command("sh", {
      args: ["-c", script],
      cwd: folder,
      env: { PATH: `${folder}:${Deno.env.get("PATH")}`, X: "" },
    }).outputSync();
    assert(success, script);
    return new TextDecoder().decode(stdout).split("\0").slice(0, -1);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

Deno.test("readScript() reads words and variables as a shell does", () => {
  for (
    const script of [
      "engine serve M",
      "exec engine --a='it is' \"b c\" d\\ e",
      `engine "say \\"hi\\" \\\\ \\n" 'a"b' ''`,
      "engine a\\\n b   c\t\\\n  --d",
      "X=1 exec engine 'x y'\\''z'",
      "X='a b'\"c\"d engine e # not f",
      "cd . && mkdir -p a; rm -r a\n# what it is for\nX=2 engine g\n",
      "true || false && exec engine a#b ~x c=~",
      "ls *.none >list 2>&1; exec engine [redacted]",
      "sleep 0 & exec engine 3",
      "if true; then :; fi\nexec engine end;",
    ]
  ) {
    const read = readScript(script);
    assert(read !== undefined, script);
    const { words: [program, ...args], variables: [variable] } = read;
    assertEquals(program, "engine", script);
    assertEquals([variable?.[1] ?? "", ...args], readByShell(script), script);
  }
});

Deno.test("readScript() keeps what a shell puts in as it is written", () => {
  assertEquals(
    readScript(
      'd=$(mktemp -d) && echo "x" > $d/sitecustomize.py && ' +
        'PYTHONPATH="${PYTHONPATH:+$PYTHONPATH:}$d" exec env A="$(mktemp -d)" engine "$M"',
    ),
    {
      before: 'd=$(mktemp -d) && echo "x" > $d/sitecustomize.py',
      variables: [["PYTHONPATH", "${PYTHONPATH:+$PYTHONPATH:}$d"]],
      words: ["env", "A=$(mktemp -d)", "engine", "$M"],
    },
  );
  assertEquals(readScript("exec env A=$(mktemp -d) engine")?.words, [
    "env",
    "A=$(mktemp -d)",
    "engine",
  ]);
});

Deno.test("readScript() tells what is done before a program, as it is written", () => {
  const before = (script: string) => readScript(script)?.before;
  assertEquals(before("exec engine"), "");
  assertEquals(before("cd /srv && engine"), "cd /srv");
  assertEquals(
    before("echo 3 >/proc/sys/vm/drop_caches && exec engine"),
    "echo 3 >/proc/sys/vm/drop_caches",
  );
  assertEquals(before("pip install x | tail -1;\nexec engine"), "pip install x | tail -1");
});

Deno.test("readScript() reads nothing of which it is not sure what it runs", () => {
  for (
    const script of [
      "",
      "A=1",
      "exec",
      "engine | tee log",
      "engine >log 2>&1",
      "engine <input",
      "engine &",
      "engine & wait",
      "engine || echo failed",
      "a || exec engine",
      "a ||\nexec engine",
      "pip install x && engine",
      "engine; echo ended",
      "exec engine; exec other",
      "exec -a name engine",
      "while true; do engine; done",
      "if a; then exec engine; fi",
      "run() { engine; }; run",
      "(cd a; engine)",
      "exec engine $ARGS",
      "exec engine --a=$B",
      "exec engine *.gguf",
      "exec engine {a,b}",
      'exec engine "$@"',
      "exec engine $1",
      "exec engine `name`",
      'exec engine "$(echo "a")"',
      "exec engine $((1 + 1))",
      "exec engine '$A'",
      "exec engine \\$A",
      "exec engine 'a",
      'exec engine "a',
      "exec engine <<END\na\nEND",
      "case a in b) c;; esac; exec engine",
      "$ENGINE serve",
    ]
  ) {
    assertEquals(readScript(script), undefined, script);
  }
});
