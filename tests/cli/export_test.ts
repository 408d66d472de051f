/** The trace of a start on its way to collectors, good and bad ones. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import type { SpanRecord } from "../../src/trace/record.ts";
import { decodeTraces } from "../../src/otlp/json.ts";
import { chromeTrace } from "../../src/show/chrome.ts";
import { readRun } from "../../src/runs/reader.ts";
import { checkChromeTrace } from "../show/_chrome_checker.ts";
import { stored } from "../show/_starts.ts";
import { coldtrace, Yard } from "../_serve.ts";
import { startRecords, TestStore } from "./_run_store.ts";

/** A collector of OTLP/JSON. */
interface Receiver extends AsyncDisposable {
  /** The variables that name it. */
  readonly env: Record<string, string>;
  readonly spans: SpanRecord[];
  /** Resolves when it has a span of that name. */
  has(name: string): Promise<void>;
}

/** Starts one that says yes, or what it is told. */
function startReceiver(answer: () => Response = () => Response.json({})): Receiver {
  const spans: SpanRecord[] = [];
  let changed = Promise.withResolvers<void>();
  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen() {} },
    async (request) => {
      const text = await request.text();
      const response = answer();
      if (response.ok) spans.push(...decodeTraces(text));
      changed.resolve();
      changed = Promise.withResolvers();
      return response;
    },
  );
  return {
    env: jsonTo(server.addr.port),
    spans,
    async has(name) {
      while (!spans.some((span) => span.name === name)) await changed.promise;
    },
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

function jsonTo(port: number): Record<string, string> {
  return {
    OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://me:s3cret@127.0.0.1:${port}`,
  };
}

/** A server that says the same to everybody, or nothing; all that it takes it keeps open. */
function startListener(words: string): { port: number } & Disposable {
  const listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  const connections: Deno.Conn[] = [];
  (async () => {
    for await (const connection of listener) {
      connections.push(connection);
      await connection.write(new TextEncoder().encode(words)).catch(() => {});
    }
  })();
  return {
    port: listener.addr.port,
    [Symbol.dispose]() {
      listener.close();
      for (const connection of connections) connection.close();
    },
  };
}

function idsOf(records: readonly SpanRecord[]): string[] {
  return records.map(({ spanId }) => spanId).sort();
}

Deno.test("serve exports the trace of its start while the engine runs", async () => {
  await using yard = await Yard.open();
  await using receiver = startReceiver();
  await using serve = await yard.serve({ env: { ...receiver.env, OTEL_BSP_SCHEDULE_DELAY: "1" } });
  const url = await serve.url();
  await receiver.has("start");
  assertEquals((await fetch(`${url}/health`)).status, 200);
  const { code, stderr } = await serve.stop();
  assertEquals([code, stderr], [0, ""]);
  assertEquals(idsOf(receiver.spans), idsOf(await serve.records()));
});

Deno.test("serve exports at its end what has not been exported by then", async () => {
  await using yard = await Yard.open();
  await using receiver = startReceiver();
  await using serve = await yard.serve({ env: receiver.env, args: ["--model", Deno.execPath()] });
  assertEquals((await serve.ended()).code, 1);
  const root = receiver.spans.find(({ name }) => name === "start");
  assertEquals(root?.attributes["coldtrace.open"], ["load weights"]);
  assertEquals(idsOf(receiver.spans), idsOf(await serve.records()));
});

Deno.test("serve starts and ends whatever its collector does, and export sends it later", async () => {
  await using yard = await Yard.open();
  await using good = startReceiver();
  await using busy = startReceiver(() => new Response("later", { status: 503 }));
  using hanging = startListener("");
  using talking = startListener("SSH-2.0-OpenSSH_9.2\r\n");
  using closed = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  const down = closed.addr.port;
  closed.close();
  const collectors: Record<string, string>[] = [
    jsonTo(down),
    jsonTo(hanging.port),
    jsonTo(talking.port),
    busy.env,
    {
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `grpc://localhost:${hanging.port}`,
      OTEL_EXPORTER_OTLP_TRACES_INSECURE: "true",
    },
  ];
  await Promise.all(collectors.map(async (env) => {
    // With a delay of 1 ms, the exporter has its trouble while the engine starts.
    await using serve = await yard.serve({ env: { ...env, OTEL_BSP_SCHEDULE_DELAY: "1" } });
    await serve.started();
    const { code, stderr } = await serve.stop();
    assertEquals(code, 0, stderr);
    assertMatch(stderr, /^(coldtrace: Cannot export spans to .+\n)+$/);
    assert(!stderr.includes("s3cret"));
    const records = await serve.records();
    assertEquals(records.at(-1)?.name, "start");

    const failed = await coldtrace(["export", "--dir", serve.dir, "--timeout", "100"], env);
    assertEquals([failed.code, failed.stdout], [1, ""]);
    assertMatch(failed.stderr, /^Cannot export run '.+' to .+ \(0 of \d+ spans sent\)\n$/);
    assert(!failed.stderr.includes("s3cret"));

    const sent = await coldtrace(["export", "--dir", serve.dir], good.env);
    assertEquals([sent.code, sent.stderr], [0, ""]);
    assertMatch(
      sent.stdout,
      /^Sent \d+ spans of run '\S+' to http:\/\/127\.0\.0\.1:\d+\/v1\/traces\n/,
    );
    const { traceId } = records[0] ?? {};
    const received = good.spans.filter((span) => span.traceId === traceId);
    assertEquals(idsOf(received), idsOf(records));
  }));
});

Deno.test("export fails with one line and 2 when nothing says where to", async () => {
  const { code, stdout, stderr } = await coldtrace(["export"]);
  assertEquals([code, stdout], [2, ""]);
  assertEquals(
    stderr,
    "Cannot export as no endpoint is named: give --send URL, or set OTEL_EXPORTER_OTLP_ENDPOINT\n",
  );
});

const READY = decodeURIComponent(
  new URL("../testdata/starts/ready.otlp.jsonl", import.meta.url).pathname,
);
const eager = { "coldtrace.label": "eager" };

Deno.test("export --to otlp writes spans as OTLP/JSON lines, to stdout or a file", async () => {
  using store = new TestStore();
  const stdout = await coldtrace(["export", READY, "--to", "otlp"]);
  assertEquals([stdout.code, stdout.stderr], [0, ""]);
  const { records } = await readRun(READY);
  const byId = (records: readonly SpanRecord[]) =>
    records.toSorted((a, b) => a.spanId < b.spanId ? -1 : 1);
  // Those of one process stand together.
  assertEquals(byId(decodeTraces(stdout.stdout)), byId(records));
  const path = `${store.dir}/out.jsonl`;
  const file = await coldtrace(["export", READY, "--to", "otlp", "-o", path]);
  assertEquals(file, { code: 0, stdout: "", stderr: "" });
  assertEquals(await Deno.readTextFile(path), stdout.stdout);
  if (Deno.build.os !== "windows") assertEquals((Deno.statSync(path).mode ?? 0) & 0o777, 0o600);
});

Deno.test("export --to otlp writes all runs of a label, and these are read as so many", async () => {
  using store = new TestStore();
  for (const attributes of [eager, {}, eager]) store.add(attributes);
  const path = `${store.dir}/eager.jsonl`;
  const args = ["export", "eager", "--to", "otlp", "--output", path, "--dir", store.dir];
  assertEquals((await coldtrace(args)).code, 0);
  const { records } = await readRun(path);
  assertEquals(records, [...startRecords(1, eager), ...startRecords(3, eager)]);
});

Deno.test("export --to chrome writes one JSON object of trace events", async () => {
  const { code, stdout, stderr } = await coldtrace(["export", READY, "--to=chrome"]);
  assertEquals([code, stderr], [0, ""]);
  const trace = JSON.parse(stdout);
  checkChromeTrace(trace);
  assertEquals(trace, JSON.parse(JSON.stringify(chromeTrace(stored("ready")[0]))));
});

Deno.test("export --to chrome reads starts that were broken off, under way, and of others", async () => {
  using store = new TestStore();
  using writer = store.store.createRun();
  writer.write(startRecords(1).slice(0, 1));
  const paths = ["killed", "vllm"].map((name) => READY.replace("ready", name));
  for (const run of [writer.path ?? "", ...paths]) {
    const { code, stdout, stderr } = await coldtrace(["export", run, "--to", "chrome"]);
    assertEquals([code, stderr], [0, ""]);
    checkChromeTrace(JSON.parse(stdout));
  }
});

Deno.test("export --send sends to an endpoint, as a base or whole, with the usual headers", async () => {
  using store = new TestStore();
  store.add(eager);
  store.add(eager);
  const paths: string[] = [];
  await using server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen() {} },
    async (request) => {
      await request.body?.cancel();
      const { pathname } = new URL(request.url);
      paths.push(`${pathname} ${request.headers.get("api-key")}`);
      return new Response(new Uint8Array(0));
    },
  );
  const base = `http://127.0.0.1:${server.addr.port}`;
  const env = {
    OTEL_EXPORTER_OTLP_HEADERS: "api-key=k1",
    // What an endpoint of the command line leaves out of account.
    OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:1",
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "http://127.0.0.1:1",
    OTEL_EXPORTER_OTLP_PROTOCOL: "grpc",
    OTEL_SDK_DISABLED: "true",
  };
  for (const endpoint of [base, `${base}/otlp/`, `${base}/v1/traces`]) {
    const args = ["export", "eager", "--send", endpoint, "--dir", store.dir];
    const { code, stdout, stderr } = await coldtrace(args, env);
    assertEquals([code, stderr], [0, ""]);
    assertMatch(stdout, /^Sent 4 spans of 2 runs to http:\/\/127\.0\.0\.1:\d+\/.*v1\/traces\n$/);
  }
  assertEquals(paths, ["/v1/traces k1", "/otlp/v1/traces k1", "/v1/traces k1"]);
});

Deno.test("export --send speaks gRPC to grpc://", async () => {
  using listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  const preface = (async () => {
    // One only asks whether somebody is there.
    for await (const connection of listener) {
      const bytes = new Uint8Array(14);
      const size = await connection.read(bytes);
      connection.close();
      if (size !== null) return new TextDecoder().decode(bytes);
    }
  })();
  const url = `grpc://127.0.0.1:${listener.addr.port}`;
  const { code, stderr } = await coldtrace(
    ["export", READY, "--send", url, "--timeout", "5000"],
    { OTEL_EXPORTER_OTLP_INSECURE: "true" },
  );
  assertEquals(await preface, "PRI * HTTP/2.0");
  assertEquals(code, 1);
  assertMatch(stderr, /^Cannot export run '.+' to http:\/\/127\.0\.0\.1:\d+\/: .+\n$/);
});

Deno.test("export fails with one line and 2 when its options make no sense", async () => {
  const must = "'send' must be a URL of http://, https:// or grpc://: current value is";
  const attempts: [string[], string][] = [
    [["--to", "otlp", "--send", "http://x"], "there must be one of '--to' and '--send', not both"],
    [["-o", "x"], "'output' must come with a format: --to otlp|chrome"],
    [["--to", "svg"], "'to' must be otlp or chrome: current value is svg"],
    [["--send", "localhost:4318"], `${must} localhost:4318`],
    [["--send", "http://"], `${must} http://`],
    [["--send", "ftp://me:s3cret@x?key=1"], `${must} ...@x`],
    [["--send", "grpc://"], `${must} grpc://`],
    [["--send="], `${must} ''`],
  ];
  for (const [args, reason] of attempts) {
    const { code, stdout, stderr } = await coldtrace(["export", READY, ...args]);
    assertEquals([code, stdout, stderr], [2, "", `Cannot export as ${reason}\n`]);
  }
  const args = ["export", READY, "--to", "otlp", "-o", "/no/such/folder/x"];
  const { code, stderr } = await coldtrace(args);
  assertEquals(code, 2);
  assertMatch(stderr, /^Cannot export as 'output' cannot be written: .+\n$/);
});
