/** The trace of a start on its way to collectors, good and bad ones. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import type { SpanRecord } from "../../src/trace/record.ts";
import { decodeTraces } from "../../src/otlp/json.ts";
import { coldtrace, Yard } from "../_serve.ts";

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
  assertMatch(stderr, /^Cannot export as no endpoint is named: set OTEL_EXPORTER_OTLP_ENDPOINT\n$/);
});
