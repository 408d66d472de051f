import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import { defineVerb, type Options, parseArgs, UsageError } from "../../src/cli/args.ts";

const OPTIONS = {
  model: { kind: "text", value: "MODEL", help: "What to load." },
  host: { kind: "text", value: "HOST", default: "127.0.0.1", help: "Where to listen." },
  port: { kind: "integer", value: "PORT", min: 0, max: 65535, default: 8000, help: "The port." },
  threads: { kind: "integer", value: "N", min: 1, help: "How many." },
  "no-mmap": { kind: "flag", help: "Read the file." },
} as const satisfies Options;

const USAGE = { verb: "serve", summary: "Starts it.", options: OPTIONS };

function parse(...args: string[]): ReturnType<typeof parseArgs<typeof OPTIONS>> {
  return parseArgs(USAGE, args);
}

function assertFails(args: string[], message: string): void {
  const error = assertThrows(() => parse(...args), UsageError);
  assertEquals(error.message, message);
}

Deno.test("parseArgs() gives defaults when there are no arguments", () => {
  assertEquals(parse(), {
    options: { host: "127.0.0.1", port: 8000, "no-mmap": false } as never,
    operands: [],
  });
});

Deno.test("parseArgs() takes values after a blank and after an equals sign", () => {
  const parsed = parse(
    "--model",
    "a b.gguf",
    "--port=0",
    "--host=a=b",
    "--no-mmap",
    "--threads",
    "2",
  );
  assertEquals(parsed, {
    options: { model: "a b.gguf", port: 0, host: "a=b", "no-mmap": true, threads: 2 },
    operands: [],
  });
});

Deno.test("parseArgs() takes the last of repeated options", () => {
  const parsed = parse("--port", "1", "--no-mmap", "--port=2", "--no-mmap");
  assertEquals(parsed === "help" ? parsed : parsed.options.port, 2);
});

Deno.test("parseArgs() keeps all values of a list, in their order", () => {
  const budgets = { kind: "list", value: "BUDGET", help: "What is allowed." } as const;
  const usage = { ...USAGE, options: { ...OPTIONS, max: budgets } };
  const given = (...args: string[]) => {
    const parsed = parseArgs(usage, args);
    return parsed === "help" ? parsed : parsed.options.max;
  };
  assertEquals(given(), []);
  assertEquals(given("--max", "total=+5%", "--port", "1", "--max=weights=+2s"), [
    "total=+5%",
    "weights=+2s",
  ]);
  assertThrows(
    () => given("--max"),
    UsageError,
    "Cannot serve as 'max' must have a value: --max BUDGET",
  );
  assertMatch(defineVerb(usage, () => 0).help, /\n {2}--max BUDGET {3}What is allowed\.\n/);
});

Deno.test("parseArgs() takes everything after -- and - for operands", () => {
  const usage = {
    ...USAGE,
    operands: [{ name: "A", help: "a" }, { name: "B", help: "b" }, { name: "C", help: "c" }],
  };
  const parsed = parseArgs(usage, ["-", "--no-mmap", "--", "--port", "--help"]);
  assertEquals(parsed === "help" ? parsed : parsed.operands, ["-", "--port", "--help"]);
});

Deno.test("parseArgs() asks for help when one argument does", () => {
  assertEquals(parse("--port", "1", "--help", "--nonsense"), "help");
  assertEquals(parse("-h"), "help");
});

Deno.test("parseArgs() throws when a number is out of range or none", () => {
  for (
    const value of ["70000", "-1", "8080.5", "1e3", "abc", " 80", "0x50", "99999999999999999999"]
  ) {
    assertFails(
      ["--port", value],
      `Cannot serve as 'port' must be 0-65535: current value is ${value}`,
    );
  }
  assertFails(["--port="], "Cannot serve as 'port' must be 0-65535: current value is ''");
  assertFails(
    ["--threads=0"],
    "Cannot serve as 'threads' must be an integer of at least 1: current value is 0",
  );
});

Deno.test("parseArgs() throws when a value is missing or too much", () => {
  assertFails(["--model"], "Cannot serve as 'model' must have a value: --model MODEL");
  assertFails(["--model", "--no-mmap"], "Cannot serve as 'model' must have a value: --model MODEL");
  assertFails(
    ["--no-mmap=yes"],
    "Cannot serve as 'no-mmap' must have no value: current value is yes",
  );
});

Deno.test("parseArgs() suggests the nearest option when one is unknown", () => {
  assertFails(["--prot", "1"], "Cannot serve as '--prot' is no option: did you mean '--port'?");
  assertFails(["--no-mmpa"], "Cannot serve as '--no-mmpa' is no option: did you mean '--no-mmap'?");
  assertFails(["--thread=2"], "Cannot serve as '--thread' is no option: did you mean '--threads'?");
  assertFails(
    ["--quantum"],
    "Cannot serve as '--quantum' is no option: see coldtrace serve --help",
  );
  assertFails(
    ["--constructor"],
    "Cannot serve as '--constructor' is no option: see coldtrace serve --help",
  );
  assertFails(["-x"], "Cannot serve as '-x' is no option: see coldtrace serve --help");
});

Deno.test("parseArgs() throws when there are too many operands or too few", () => {
  assertFails(["a", "b"], "Cannot serve as there must be no operand: current value is a b");
  const usage = { ...USAGE, verb: "time", operands: [{ name: "RUN", help: "r", optional: true }] };
  const error = assertThrows(() => parseArgs(usage, ["a", "b"]), UsageError);
  assertEquals(
    error.message,
    "Cannot time as there must be at most 1 operand: current value is a b",
  );
  const needed = { ...USAGE, operands: [{ name: "RUN", help: "r" }] };
  assertThrows(() => parseArgs(needed, []), UsageError, "Cannot serve as 'RUN' must be given");
});

Deno.test("defineVerb() prints its table as help", () => {
  const verb = defineVerb(USAGE, () => 0);
  assertEquals(
    verb.help,
    `coldtrace serve [OPTIONS]

Starts it.

  --model MODEL  What to load.
  --host HOST    Where to listen. (default 127.0.0.1)
  --port PORT    The port. (default 8000)
  --threads N    How many.
  --no-mmap      Read the file.
  --help         Show this.
`,
  );
});

Deno.test("defineVerb() passes values with their types, and the exit code on", async () => {
  const verb = defineVerb(USAGE, ({ port, host, threads, "no-mmap": noMmap }, operands) => {
    const typed: [number, string, number | undefined, boolean] = [port, host, threads, noMmap];
    assertEquals(typed, [1, "127.0.0.1", undefined, true]);
    return operands.length;
  });
  assertEquals(await verb.run(["--port", "1", "--no-mmap"]), 0);
});

const RUN = {
  verb: "run",
  summary: "Runs it.",
  command: { name: "COMMAND", help: "What to run." },
  options: {
    probe: { kind: "choice", values: ["off", "imports", "functions"], help: "What is told." },
    times: { kind: "integer", value: "N", min: 1, default: 1, short: "n", help: "How often." },
    stop: { kind: "flag", help: "Stop it." },
  },
} as const;

Deno.test("parseArgs() leaves a command its own arguments", () => {
  const expected = {
    options: { times: 6, stop: true, probe: "off" },
    operands: ["vllm", "serve", "--stop", "--", "-n"],
  } as const;
  for (const separator of [[], ["--"]]) {
    const args = ["-n", "6", "--stop", "--probe=off", ...separator, ...expected.operands];
    assertEquals(parseArgs(RUN, args) as unknown, expected);
  }
});

Deno.test("parseArgs() fails on a missing command, a value that is no choice, a wrong letter", () => {
  const fails = (...args: string[]) => assertThrows(() => parseArgs(RUN, args), UsageError).message;
  assertEquals(fails("--stop"), "Cannot run as 'COMMAND' must be given: -- COMMAND");
  assertEquals(
    fails("--probe", "on", "x"),
    "Cannot run as 'probe' must be off, imports or functions: current value is on",
  );
  assertEquals(fails("-x", "y"), "Cannot run as '-x' is no option: see coldtrace run --help");
  assertEquals(
    fails("--probe", "--stop", "x"),
    "Cannot run as 'probe' must have a value: --probe off|imports|functions",
  );
});

Deno.test("help says how a command is given", () => {
  assertEquals(
    defineVerb(RUN, () => 0).help,
    `coldtrace run [OPTIONS] [--] COMMAND [ARGS]

Runs it.

  COMMAND                        What to run.
  --probe off|imports|functions  What is told.
  -n, --times N                  How often. (default 1)
  --stop                         Stop it.
  --help                         Show this.
`,
  );
});
