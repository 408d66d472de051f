import { assertEquals } from "@std/assert";

const SIGNALS = new URL("../../src/cli/relayed_signals.ts", import.meta.url).href;
const NAMES: readonly Deno.Signal[] = [
  "SIGHUP",
  "SIGINT",
  "SIGQUIT",
  "SIGTERM",
  "SIGUSR1",
  "SIGUSR2",
  "SIGWINCH",
];
/** Says of each signal who took it, and the exit code; from a byte on its stdin on, it takes them. */
const CODE = `
  import { relayedSignals } from "${SIGNALS}";
  const signals = relayedSignals();
  let taken = "nobody";
  for (const name of ${JSON.stringify(NAMES)}) {
    // After the listener of the signals themselves.
    Deno.addSignalListener(name, () => {
      console.log(name, taken, signals.code);
      taken = "nobody";
    });
  }
  console.log(relayedSignals() === signals, signals.ignored.join());
  await Deno.stdin.read(new Uint8Array(1));
  signals.to((signal) => taken = signal);
  console.log("taking");
  await Deno.stdin.read(new Uint8Array(1));
  Deno.exit();
`;

/** A program that relays its signals, and what it says. */
class Relay implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  #text = "";

  /** `wrap` is what a shell does before it: `$@` is the program. */
  constructor(wrap = 'exec "$@"') {
    this.#child = new Deno.Command("sh", {
      args: ["-c", wrap, "sh", Deno.execPath(), "eval", "--no-config", CODE],
      stdin: "piped",
      stdout: "piped",
    }).spawn();
    this.#reader = this.#child.stdout.getReader();
    this.#writer = this.#child.stdin.getWriter();
  }

  /** The next line that it says. */
  async line(): Promise<string> {
    while (!this.#text.includes("\n")) {
      const { value, done } = await this.#reader.read();
      if (done) return this.#text;
      this.#text += new TextDecoder().decode(value);
    }
    const [line = "", ...rest] = this.#text.split("\n");
    this.#text = rest.join("\n");
    return line;
  }

  /** Has it take signals. */
  async take(): Promise<void> {
    await this.#writer.write(new Uint8Array(1));
  }

  /** What it says of a signal. */
  async send(signal: Deno.Signal): Promise<string> {
    this.#child.kill(signal);
    return await this.line();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#child.status;
    await this.#writer.close().catch(() => {});
    await this.#reader.cancel();
  }
}

const ignore = Deno.build.os === "windows";

Deno.test({
  name: "RelayedSignals hands on each signal that comes, and ends by none of them",
  ignore,
  async fn() {
    await using relay = new Relay();
    assertEquals(await relay.line(), "true ");
    await relay.take();
    assertEquals(await relay.line(), "taking");
    for (const signal of NAMES) {
      assertEquals(await relay.send(signal), `${signal} ${signal} undefined`);
    }
  },
});

Deno.test({
  name:
    "RelayedSignals has the exit code of the first signal that nobody took and that ends programs",
  ignore,
  async fn() {
    await using relay = new Relay();
    await relay.line();
    assertEquals(await relay.send("SIGWINCH"), "SIGWINCH nobody undefined");
    assertEquals(await relay.send("SIGINT"), "SIGINT nobody 130");
    assertEquals(await relay.send("SIGTERM"), "SIGTERM nobody 130");
  },
});

Deno.test({
  name: "RelayedSignals does not end by what it was told to ignore, and hands it on all the same",
  ignore: Deno.build.os !== "linux",
  async fn() {
    await using relay = new Relay(`trap '' INT HUP; exec "$@"`);
    assertEquals(await relay.line(), "true SIGHUP,SIGINT");
    assertEquals(await relay.send("SIGINT"), "SIGINT nobody undefined");
    await relay.take();
    assertEquals(await relay.line(), "taking");
    assertEquals(await relay.send("SIGHUP"), "SIGHUP SIGHUP undefined");
  },
});
