import { assert, assertEquals } from "@std/assert";
import { unwrap, unwrapLike, type Unwrapped } from "../../../src/read/comparison/command.ts";

const ENGINE = ["vllm", "serve", "M"];

Deno.test("unwrap() leaves a command that nothing is wrapped around as it is", () => {
  for (const words of [ENGINE, [], ["bash", "start.sh", "-c", "x"], ["python", "-c", "x"]]) {
    assertEquals(unwrap(words), { words, variables: {}, wrappers: [] });
  }
});

Deno.test("unwrap() takes a command out of env and of shells, one in the other", () => {
  assertEquals(unwrap(["env", "A=1", "B=x=y", ...ENGINE]), {
    words: ENGINE,
    variables: { A: "1", B: "x=y" },
    wrappers: [],
  });
  assertEquals(unwrap(["sh", "-c", 'exec env A="$(mktemp -d)" vllm serve M']), {
    words: ENGINE,
    variables: { A: "$(mktemp -d)" },
    wrappers: [],
  });
  // What is set last counts.
  assertEquals(unwrap(["/usr/bin/env", "A=1", "sh", "-c", "A=2 B=3 exec vllm serve M"]), {
    words: ENGINE,
    variables: { A: "2", B: "3" },
    wrappers: [],
  });
});

Deno.test("unwrap() keeps what is done before a command, and around it", () => {
  const wrappers = (...words: string[]) => unwrap(words)?.wrappers;
  assertEquals(wrappers("sh", "-c", "cd '/a b' && vllm serve M"), ["cd '/a b'"]);
  assertEquals(wrappers("bash", "-lc", "exec vllm serve M"), ["bash -lc"]);
  assertEquals(wrappers("bash", "-o", "pipefail", "-c", "exec vllm serve M"), [
    "bash -o pipefail -c",
  ]);
  assertEquals(wrappers("docker", "run", "img", "sh", "-c", "rm x; exec vllm serve M"), [
    "docker run img",
    "rm x",
  ]);
});

Deno.test("unwrap() does not take apart what may run anything", () => {
  for (
    const words of [
      ["sh", "-c", "vllm serve M | tee log"],
      ["sh", "-c", 'exec vllm serve "$@"', "sh", "M"],
      ["sh", "-c"],
      ["env", "-i", "A=1", "vllm"],
      ["env", "A=1"],
      Array(9).fill("env").concat("vllm"),
    ]
  ) {
    assertEquals(unwrap(words), undefined, words.join(" "));
  }
});

function unwrapped(...commands: string[]): Unwrapped[] {
  const found = commands.map((command) => unwrap(command.split(" ")));
  assert(found.every((one) => one !== undefined));
  return unwrapLike(found);
}

Deno.test("unwrapLike() takes a command out of a program that another one is started without", () => {
  const [a, b, c, d] = unwrapped(
    "numactl -m 0 /venv/bin/vllm serve M",
    "vllm serve M --enforce-eager",
    "nice -n 1 numactl -N 1 vllm serve M",
    "env A=1 nice vllm serve M",
  );
  assertEquals([a?.words, a?.wrappers], [["/venv/bin/vllm", "serve", "M"], ["numactl -m 0"]]);
  assertEquals([b?.words.length, b?.wrappers], [4, []]);
  assertEquals([c?.words, c?.wrappers], [ENGINE, ["nice -n 1 numactl -N 1"]]);
  assertEquals([d?.wrappers, d?.variables], [["nice"], { A: "1" }]);
  const [e] = unwrapped("nice -n 1 llama-server --model m", "llama-server -m m");
  assertEquals(e?.wrappers, ["nice -n 1"]);
});

Deno.test("unwrapLike() takes nothing apart where no other command shows what is wrapped", () => {
  for (
    const commands of [
      ["numactl -m 0 vllm serve M", "numactl -m 1 vllm serve M"],
      ["vllm serve vllm", "vllm serve M"],
      ["bash run.sh", "vllm serve bash --x"],
      ["python -m x", "torchrun --interpreter python --y"],
    ]
  ) {
    const all = unwrapped(...commands);
    assertEquals(all.map(({ wrappers }) => wrappers), commands.map(() => []), commands.join());
  }
});
