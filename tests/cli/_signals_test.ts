import { assertEquals } from "@std/assert";

const SIGNALS = new URL("../../src/cli/_signals.ts", import.meta.url).href;
const CODE = `
  import { onStopSignal } from "${SIGNALS}";
  const stop = onStopSignal();
  stop.signal.addEventListener("abort", () => {
    console.log(stop.code, stop.signal.reason.message);
    stop[Symbol.dispose]();
    clearInterval(alive);
  });
  const alive = setInterval(() => {}, 60_000);
  console.log("listening");
`;

/** Sends signals to a program without a terminal; gives what it says then. */
async function send(...signals: Deno.Signal[]): Promise<string> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["eval", "--no-config", CODE],
    stdin: "null",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const reader = child.stdout.getReader();
  await reader.read();
  for (const signal of signals) child.kill(signal);
  const { value } = await reader.read();
  await reader.cancel();
  await child.status;
  return new TextDecoder().decode(value);
}

Deno.test({
  name: "onStopSignal() tells which signal came, as programs do that end by it",
  ignore: Deno.build.os === "windows",
  async fn() {
    assertEquals(await send("SIGTERM"), "143 Stopped by SIGTERM\n");
    assertEquals(await send("SIGINT"), "130 Stopped by SIGINT\n");
  },
});

Deno.test({
  name: "onStopSignal() takes no notice of SIGHUP where there is no terminal, as with nohup",
  ignore: Deno.build.os === "windows",
  async fn() {
    assertEquals(await send("SIGHUP", "SIGINT"), "130 Stopped by SIGINT\n");
  },
});
