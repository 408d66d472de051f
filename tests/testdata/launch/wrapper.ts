// deno-lint-ignore-file no-console -- a program, not a library
/**
 * Wraps a program, as `coldtrace run` does: `wrapper.ts [--pipe] [--tap] PROGRAM [ARGS]`. With
 * `--tap` it tells on a last line of stderr how many bytes of each stream were seen.
 */
import { WrappedProgram } from "../../../src/launch/wrapped_program.ts";
import { relayedSignals } from "../../../src/cli/relayed_signals.ts";

const signals = relayedSignals();
const flags = ["--pipe", "--tap"].filter((flag) => Deno.args.includes(flag));
const seen = { stdout: 0, stderr: 0 };
try {
  const program = new WrappedProgram(Deno.args.slice(flags.length), {
    env: Deno.env.toObject(),
    reads: flags.includes("--pipe") ? "all" : "pipes",
    ignored: signals.ignored,
    onOutput: (stream, bytes) => {
      seen[stream] += bytes.length;
      // Whoever has seen enough is not told any more.
      if (seen.stdout >= 1000) program.untap();
    },
  });
  signals.to((signal) => program.signal(signal));
  const { code } = await program.status;
  if (flags.includes("--tap")) console.error(`seen ${seen.stdout} ${seen.stderr}`);
  Deno.exit(code);
} catch (error) {
  console.error((error as Error).name);
  Deno.exit(99);
}
