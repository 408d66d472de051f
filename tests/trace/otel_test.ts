import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { exportAll } from "../../src/trace/export_queue.ts";
import {
  certificate,
  hasOpenssl,
  settingsFor,
  spanRecord,
  startProgram,
  startReceiver,
  temporaryFolder,
} from "./_export.ts";

const LONG = 600_000;
/** One span, sent. */
const FLUSH = `queue.push(1); await queue.flush(${LONG}); console.log("done");`;

function jsonTo(url: string, more: Record<string, string> = {}): Record<string, string> {
  return {
    OTEL_EXPORTER_OTLP_ENDPOINT: url,
    OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
    OTEL_EXPORTER_OTLP_TIMEOUT: String(LONG),
    ...more,
  };
}

Deno.test("openExporter() passes the settings on, and the environment's own parsing changes nothing", async () => {
  using folder = temporaryFolder();
  await using receiver = startReceiver();
  const { ended } = startProgram(
    folder.path,
    FLUSH,
    jsonTo(`http://user:p%20w@127.0.0.1:${receiver.port}/base`, {
      OTEL_EXPORTER_OTLP_HEADERS: "general=1",
      OTEL_EXPORTER_OTLP_TRACES_HEADERS: "traces=a%20b",
      OTEL_EXPORTER_OTLP_COMPRESSION: "GZIP",
      OTEL_EXPORTER_OTLP_TIMEOUT: "0",
    }),
  );
  const { stdout, warnings } = await ended;
  assertEquals([stdout, warnings], ["done\n", []]);
  const [request] = receiver.received;
  assertEquals(request?.names, ["span 1"]);
  assertEquals(request?.path, "/base/v1/traces");
  const header = (name: string) => request?.headers.get(name);
  assertEquals(header("traces"), "a b");
  // JavaScript's exporters merge the general headers into those for traces.
  assertEquals(header("general"), null);
  assertEquals(header("content-encoding"), "gzip");
  assertEquals(header("content-type"), "application/json");
  assertEquals(header("authorization"), `Basic ${btoa("user:p w")}`);
});

Deno.test("openExporter() needs no permission but the collector's host and port", async () => {
  using folder = temporaryFolder();
  await using receiver = startReceiver();
  const env = jsonTo(`http://localhost:${receiver.port}`);
  const flags = ["--no-prompt", `--allow-net=localhost:${receiver.port}`];
  const { stdout, warnings } = await startProgram(folder.path, FLUSH, env, flags).ended;
  assertEquals([stdout, warnings], ["done\n", []]);
  assertEquals(receiver.received.map(({ names }) => names), [["span 1"]]);
});

Deno.test("openExporter() tells once which permission is missing, and turns export off", async () => {
  using folder = temporaryFolder();
  await using receiver = startReceiver();
  const url = `http://127.0.0.1:${receiver.port}`;
  const code = `${FLUSH} ${FLUSH}`;
  for (const protocol of ["http/json", "grpc"]) {
    const env = jsonTo(url, { OTEL_EXPORTER_OTLP_PROTOCOL: protocol });
    const flags = ["--allow-net=127.0.0.1:1"];
    const { code: status, stdout, warnings } = await startProgram(folder.path, code, env, flags)
      .ended;
    assertEquals([status, stdout], [0, "done\ndone\n"]);
    assertEquals(warnings.length, 1);
    assertMatch(warnings[0] ?? "", /--allow-net=127\.0\.0\.1:\d+ is needed and not granted$/);
  }
  assertEquals(receiver.received, []);
});

Deno.test("openExporter() names the line that gets the packages when a project refuses them", async () => {
  using folder = temporaryFolder();
  await using receiver = startReceiver();
  const env = jsonTo(`http://127.0.0.1:${receiver.port}`);
  Deno.writeTextFileSync(`${folder.path}/deno.json`, `{ "lock": { "frozen": true } }`);
  Deno.writeTextFileSync(`${folder.path}/deno.lock`, `{ "version": "5" }`);
  const refused = await startProgram(folder.path, FLUSH, env).ended;
  assertEquals([refused.code, refused.stdout, refused.warnings.length], [0, "done\n", 1]);
  const [line, args] = /run: deno (cache .*npm:\S+)$/.exec(refused.warnings[0] ?? "") ?? [];
  assertStringIncludes(line ?? "", "npm:@opentelemetry/api@~1.9.1");

  const got = await new Deno.Command(Deno.execPath(), {
    args: (args ?? "").split(" "),
    cwd: folder.path,
    stderr: "null",
  }).output();
  assertEquals(got.code, 0);
  const { stdout, warnings } = await startProgram(folder.path, FLUSH, env).ended;
  assertEquals([stdout, warnings], ["done\n", []]);
  assertEquals(receiver.received.map(({ names }) => names), [["span 1"]]);
});

Deno.test("openExporter() tells once when the packages are not in the cache", async () => {
  using folder = temporaryFolder();
  await using receiver = startReceiver();
  const env = {
    ...jsonTo(`http://127.0.0.1:${receiver.port}`),
    DENO_DIR: `${folder.path}/empty-cache`,
  };
  const flags = ["--cached-only", "--no-lock", "--allow-env", "--allow-net"];
  const { code, stdout, warnings } = await startProgram(folder.path, FLUSH, env, flags).ended;
  assertEquals([code, stdout, warnings.length], [0, "done\n", 1]);
  assertMatch(warnings[0] ?? "", /run: deno cache npm:@opentelemetry\/api@~1\.9\.1 npm:/);
});

Deno.test({
  name: "openExporter() trusts the certificate that is named, and no other",
  ignore: !hasOpenssl(),
  async fn() {
    using folder = temporaryFolder();
    const { cert: path, key } = await certificate(folder.path);
    await using receiver = startReceiver(undefined, {
      cert: await Deno.readTextFile(path),
      key: await Deno.readTextFile(key),
    });
    const url = `https://localhost:${receiver.port}`;
    const trusting = jsonTo(url, { OTEL_EXPORTER_OTLP_CERTIFICATE: path });
    assertEquals(await exportAll([spanRecord(1)], settingsFor(trusting), LONG), { sent: 1 });
    assertEquals(receiver.received.length, 1);

    const stranger = await exportAll([spanRecord(2)], settingsFor(jsonTo(url)), 500);
    assertEquals(stranger.sent, 0);
    assertMatch(stranger.error ?? "", /certificate|no answer/);
    assertEquals(receiver.received.length, 1);

    const gone = jsonTo(url, { OTEL_EXPORTER_OTLP_CERTIFICATE: `${path}.gone` });
    const { sent, error } = await exportAll([spanRecord(3)], settingsFor(gone), LONG);
    assertEquals(sent, 0);
    assertStringIncludes(error ?? "", "cert.pem.gone cannot be read");
  },
});

Deno.test("openExporter() prints spans to stderr when the exporter is 'console'", async () => {
  using folder = temporaryFolder();
  const env = { OTEL_TRACES_EXPORTER: "console" };
  const { stdout, stderr } = await startProgram(folder.path, FLUSH, env, ["--no-prompt"]).ended;
  assertEquals(stdout, "done\n");
  const line = stderr.split("\n").find((line) => line.startsWith("{")) ?? "";
  const { name, traceId, milliseconds } = JSON.parse(line);
  assertEquals([name, traceId, milliseconds], [
    "span 1",
    "0af7651916cd43dd8448eb211c80319c",
    0.000001,
  ]);
});
