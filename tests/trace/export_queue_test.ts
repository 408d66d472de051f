import {
  assert,
  assertEquals,
  assertMatch,
  assertNotMatch,
  assertStringIncludes,
} from "@std/assert";
import { createExportQueue, exportAll } from "../../src/trace/export_queue.ts";
import {
  closedPort,
  settingsFor,
  spanRecord,
  startListener,
  startProgram,
  startReceiver,
  temporaryFolder,
} from "./_export.ts";

/** Longer than any test may take: who waits for it has hung. */
const LONG = 600_000;

function jsonTo(url: string, more: Record<string, string> = {}): Record<string, string> {
  return {
    OTEL_EXPORTER_OTLP_ENDPOINT: url,
    OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
    OTEL_EXPORTER_OTLP_TIMEOUT: String(LONG),
    OTEL_BSP_EXPORT_TIMEOUT: String(LONG),
    OTEL_BSP_SCHEDULE_DELAY: String(LONG),
    ...more,
  };
}

Deno.test("flush() sends everything in batches, in order, converting each item once", async () => {
  await using receiver = startReceiver();
  let converted = 0;
  const settings = settingsFor(jsonTo(receiver.url, {
    OTEL_BSP_MAX_QUEUE_SIZE: "10",
    OTEL_BSP_MAX_EXPORT_BATCH_SIZE: "4",
  }));
  await using queue = createExportQueue<number>(settings, (n) => {
    converted++;
    return spanRecord(n);
  });
  for (let n = 0; n < 10; n++) queue.push(n);
  assertEquals(converted, 0);
  await queue.flush(LONG);
  assertEquals(converted, 10);
  assertEquals(receiver.received.map(({ names }) => names.length), [4, 4, 2]);
  assertEquals(receiver.received.flatMap(({ names }) => names), [
    ...Array(10).keys().map((n) => `span ${n}`),
  ]);
  assertEquals(receiver.received[0]?.path, "/v1/traces");
});

Deno.test("push() sends without a flush when a batch is full, and when the delay is over", async () => {
  await using receiver = startReceiver();
  for (
    const more of [
      { OTEL_BSP_MAX_EXPORT_BATCH_SIZE: "2" },
      { OTEL_BSP_SCHEDULE_DELAY: "1" },
    ] as Record<string, string>[]
  ) {
    const next = receiver.next();
    await using queue = createExportQueue<number>(
      settingsFor(jsonTo(receiver.url, more)),
      (n) => spanRecord(n),
    );
    queue.push(0);
    queue.push(1);
    assertEquals((await next).names, ["span 0", "span 1"]);
  }
});

Deno.test("push() keeps OTEL_BSP_MAX_QUEUE_SIZE spans, and the loss is told once", async () => {
  using folder = temporaryFolder();
  await using receiver = startReceiver();
  const { ended } = startProgram(
    folder.path,
    `for (let n = 0; n < 10; n++) queue.push(n);
    await queue.flush(${LONG});
    for (let n = 0; n < 10; n++) queue.push(n);
    await queue.flush(${LONG});`,
    jsonTo(receiver.url, {
      OTEL_BSP_MAX_QUEUE_SIZE: "4",
      OTEL_BSP_MAX_EXPORT_BATCH_SIZE: "4",
    }),
  );
  const { code, warnings } = await ended;
  assertEquals(code, 0);
  const four = ["span 0", "span 1", "span 2", "span 3"];
  assertEquals(receiver.received.flatMap(({ names }) => names), [...four, ...four]);
  assertEquals(warnings, [
    "coldtrace: Dropped 6 spans so far, as 4 were waiting for export (OTEL_BSP_MAX_QUEUE_SIZE)",
  ]);
});

Deno.test("createExportQueue() sends what it kept when a collector comes up later", async () => {
  using folder = temporaryFolder();
  const port = closedPort();
  const { printed, tell, ended } = startProgram(
    folder.path,
    `queue.push(1);
    await queue.flush(${LONG});
    console.log("flushed");
    await told();`,
    jsonTo(`http://127.0.0.1:${port}`),
  );
  await printed;
  await using receiver = startReceiver(undefined, { port });
  assertEquals((await receiver.next()).names, ["span 1"]);
  await tell();
  const { warnings } = await ended;
  assertEquals(warnings.length, 1);
});

Deno.test("flush() ends at once, with one line, when the connection is refused", async () => {
  using folder = temporaryFolder();
  for (const protocol of ["http/protobuf", "http/json", "grpc"]) {
    const { ended } = startProgram(
      folder.path,
      `queue.push(1);
      await queue.flush(${LONG});
      await queue.flush(${LONG});
      console.log("done");`,
      jsonTo(`http://user:secret@127.0.0.1:${closedPort()}`, {
        OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
      }),
    );
    const { code, stdout, stderr, warnings } = await ended;
    assertEquals([code, stdout], [0, "done\n"]);
    assertEquals(warnings.length, 1, stderr);
    assertMatch(warnings[0] ?? "", /127\.0\.0\.1:\d+\S*: connection refused/);
    assertNotMatch(stderr, /secret/);
  }
});

Deno.test("flush() ends at its deadline, and the process with it, when nobody answers", async () => {
  using folder = temporaryFolder();
  for (const protocol of ["http/protobuf", "grpc"]) {
    using listener = startListener();
    const { ended } = startProgram(
      folder.path,
      `queue.push(1);
      await queue.flush(300);
      console.log("done");`,
      jsonTo(listener.url, { OTEL_EXPORTER_OTLP_PROTOCOL: protocol }),
    );
    const { code, stdout, warnings } = await ended;
    assertEquals([code, stdout, warnings.length], [0, "done\n", 1]);
    assertStringIncludes(warnings[0] ?? "", "no answer within 300 ms");
  }
});

Deno.test("createExportQueue() never keeps the process alive", async () => {
  using folder = temporaryFolder();
  for (const protocol of ["http/protobuf", "grpc"]) {
    using hanging = startListener();
    const { tell, ended } = startProgram(
      folder.path,
      `queue.push(1);
      await told();
      console.log("main is done");`,
      jsonTo(hanging.url, {
        OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
        OTEL_BSP_SCHEDULE_DELAY: "0",
      }),
    );
    await hanging.inUse;
    await tell();
    const { code, stdout, warnings } = await ended;
    assertEquals([code, stdout, warnings], [0, "main is done\n", []]);
  }
});

Deno.test("flush() sends again what a busy collector did not take", async () => {
  await using receiver = startReceiver((count) =>
    count < 1
      ? new Response("busy", { status: 503, headers: { "retry-after": "1" } })
      : Response.json({})
  );
  const { sent, error } = await exportAll([spanRecord(1)], settingsFor(jsonTo(receiver.url)), LONG);
  assertEquals({ sent, error }, { sent: 1, error: undefined });
  assertEquals(receiver.received.length, 2);
});

Deno.test("createExportQueue() goes on after a batch that was refused", async () => {
  using folder = temporaryFolder();
  await using receiver = startReceiver((count) =>
    count === 0 ? new Response("bad span", { status: 400 }) : Response.json({})
  );
  const { ended } = startProgram(
    folder.path,
    `queue.push(1);
    await queue.flush(${LONG});
    queue.push(2);
    await queue.flush(${LONG});`,
    jsonTo(receiver.url),
  );
  const { warnings } = await ended;
  assertEquals(receiver.received.map(({ names }) => names), [["span 1"], ["span 2"]]);
  assertEquals(warnings, [
    `coldtrace: Cannot export spans to ${receiver.url}/v1/traces: it answered 400 Bad Request bad span`,
  ]);
});

Deno.test("exportAll() tells the status of a collector that stays busy", async () => {
  await using idle = startReceiver();
  for (const protocol of ["http/protobuf", "http/json"]) {
    // What loads the exporter is not to take of the time that the busy one has.
    const well = settingsFor(jsonTo(idle.url, { OTEL_EXPORTER_OTLP_PROTOCOL: protocol }));
    assertEquals((await exportAll([spanRecord(1)], well, LONG)).sent, 1);
    for (const [status, headers] of [[503, {}], [429, { "retry-after": "1000" }]] as const) {
      await using busy = startReceiver(() => new Response("busy", { status, headers }));
      const settings = settingsFor(jsonTo(busy.url, { OTEL_EXPORTER_OTLP_PROTOCOL: protocol }));
      const { sent, error } = await exportAll([spanRecord(1)], settings, 500);
      assertEquals(sent, 0);
      assertMatch(error ?? "", new RegExp(`: it answered ${status} `));
      assertEquals(busy.received.length, 1);
    }
  }
});

Deno.test("exportAll() says why spans were not sent", async () => {
  await using refusing = startReceiver(() => new Response("no such tenant", { status: 404 }));
  await using moved = startReceiver(() => Response.redirect(`${refusing.url}/v1/traces`, 307));
  await using picky = startReceiver(() =>
    Response.json({ partialSuccess: { rejectedSpans: "1", errorMessage: 'too "old"\n' } })
  );
  const records = [spanRecord(1), spanRecord(2)];
  const to = (url: string) => exportAll(records, settingsFor(jsonTo(url)), LONG);

  const gone = await to(`http://127.0.0.1:${closedPort()}`);
  assertEquals(gone.sent, 0);
  assertMatch(gone.error ?? "", /^Cannot export spans to .*: connection refused/);

  const refused = await to(refusing.url);
  assertEquals(refused.sent, 0);
  assertStringIncludes(refused.error ?? "", "it answered 404 Not Found no such tenant");

  const redirected = await to(moved.url);
  assertEquals(redirected.sent, 0);
  assertStringIncludes(redirected.error ?? "", "it answered 307");
  assertEquals(refusing.received.length, 1);

  const partly = await to(picky.url);
  assertEquals(partly.sent, 1);
  assertStringIncludes(partly.error ?? "", 'it refused 1 of 2 spans: too "old"');

  const off = await exportAll(records, settingsFor({}), LONG);
  assertEquals(off.sent, 0);
  assertStringIncludes(off.error ?? "", "OTEL_EXPORTER_OTLP_ENDPOINT");
});

Deno.test("exportAll() gives up at its deadline on garbage, and on silence", async () => {
  using garbage = startListener("SSH-2.0-OpenSSH_9.9\r\n");
  using silent = startListener();
  for (const { url } of [garbage, silent]) {
    const { sent, error } = await exportAll([spanRecord(1)], settingsFor(jsonTo(url)), 500);
    assertEquals(sent, 0);
    assertMatch(error ?? "", /^Cannot export spans to http:/);
  }
});

Deno.test("exportAll() sends more than one batch, and leaves nothing in the process", async () => {
  await using receiver = startReceiver();
  const settings = settingsFor(jsonTo(receiver.url, { OTEL_BSP_MAX_EXPORT_BATCH_SIZE: "1000" }));
  const records = [...Array(2_500).keys().map((n) => spanRecord(n))];
  assertEquals(await exportAll(records, settings, LONG), { sent: 2_500 });
  assertEquals(receiver.received.map(({ names }) => names.length), [1000, 1000, 500]);
  assert(!(Symbol.for("opentelemetry.js.api.1") in globalThis));
});
