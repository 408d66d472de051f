import { assert, assertEquals, assertThrows } from "@std/assert";
import { type ReadinessWatch, watchReadiness } from "../../src/sources/readiness.ts";
import { unixNano } from "../../src/trace/process.ts";
import { certificate, hasOpenssl, temporaryFolder } from "../trace/_export.ts";

/** A port on which nobody listens. */
function freePort(): number {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  return port;
}

function statesOf(watch: ReadinessWatch): unknown[] {
  const { events = [] } = watch.testimony();
  assert(events.every(({ name }) => name === "readiness"));
  return events.map(({ attributes }) => attributes?.["coldtrace.readiness.state"]);
}

/** Waits until the watch has seen a state. */
async function seen(watch: ReadinessWatch, state: string): Promise<void> {
  while (!statesOf(watch).includes(state)) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

Deno.test("watchReadiness() tells a refused connection, 503 and 200 apart, with their times", async () => {
  const port = freePort();
  const before = unixNano();
  const watch = watchReadiness({ url: `http://127.0.0.1:${port}/health?x=1` });
  await seen(watch, "connection refused");
  const asked: string[] = [];
  let isReady = false;
  await using _server = Deno.serve({ hostname: "127.0.0.1", port, onListen() {} }, (request) => {
    const { pathname, search } = new URL(request.url);
    asked.push(pathname + search);
    return isReady ? new Response("ok") : new Response("loading", { status: 503 });
  });
  await seen(watch, "503");
  assertEquals(watch.testimony().missing, [
    `No answer of http://127.0.0.1:${port}/health?x=1 said ready; the last was '503'`,
  ]);
  const switched = unixNano();
  isReady = true;
  const at = await watch.ready;

  const { events = [], missing, ...rest } = watch.testimony();
  assertEquals(statesOf(watch), ["connection refused", "503", "200"]);
  assertEquals([missing, rest], [undefined, { processes: [], spans: [] }]);
  const times = events.map(({ timeUnixNano }) => timeUnixNano);
  assertEquals(times, times.toSorted((a, b) => Number(a - b)));
  assert(before <= (times[0] ?? 0n));
  assert(at >= switched && at <= unixNano());
  assertEquals(times.at(-1), at);
  assertEquals(new Set(asked), new Set(["/health?x=1"]));
});

Deno.test("watchReadiness() never asks again when the engine is ready", async () => {
  let answered = 0;
  let others = 0;
  await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (request) => {
    if (new URL(request.url).pathname === "/other") others++;
    else answered++;
    return new Response("ok");
  });
  const url = `http://127.0.0.1:${server.addr.port}`;
  const watch = watchReadiness({ url: `${url}/health`, interval: 0 });
  await watch.ready;
  for (let i = 0; i < 20; i++) await (await fetch(`${url}/other`)).text();

  assertEquals([answered, others], [1, 20]);
});

Deno.test("watchReadiness() keeps one connection to a server that accepts and does not answer", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const watch = watchReadiness({ url: `http://127.0.0.1:${listener.addr.port}/`, interval: 0 });
  using silent = await listener.accept();
  let isAlone = true;
  const next = listener.accept().then((conn) => {
    isAlone = false;
    return conn;
  });
  // The request is there in full, and no other comes while it waits.
  const buffer = new Uint8Array(1024);
  const size = await silent.read(buffer);
  const request = new TextDecoder().decode(buffer.subarray(0, size ?? 0));
  assertEquals(request.split("\r\n").slice(0, 3), [
    "GET / HTTP/1.1",
    `host: 127.0.0.1:${listener.addr.port}`,
    "connection: close",
  ]);
  assert(isAlone);
  await silent.write(new TextEncoder().encode("HTTP/1.1 503 Loading\r\ncontent-length: 0\r\n\r\n"));
  using answering = await next;
  await answering.write(new TextEncoder().encode("HTTP/1.1 204 Ready\r\n\r\n"));
  await answering.closeWrite();
  await watch.ready;

  assertEquals(statesOf(watch), ["503", "204"]);
  listener.close();
});

Deno.test("watchReadiness() goes on when a server breaks off, speaks no HTTP or redirects", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const watch = watchReadiness({ url: `http://127.0.0.1:${listener.addr.port}/`, interval: 0 });
  const answers = ["", "SSH-2.0-x\r\n", "HTTP/1.1 302 Found\r\nlocation: /elsewhere\r\n\r\n"];
  for (const answer of [...answers, "HTTP/1.1 200 OK\r\n\r\n"]) {
    using conn = await listener.accept();
    await conn.read(new Uint8Array(1024));
    await conn.write(new TextEncoder().encode(answer));
  }
  await watch.ready;

  const states = statesOf(watch);
  assertEquals([states.at(-2), states.at(-1)], ["302", "200"]);
  listener.close();
});

Deno.test("watchReadiness() takes the status for an answer when the body never ends", async () => {
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    () =>
      new Response(
        new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(65_536)) }),
      ),
  );
  const watch = watchReadiness({ url: `http://127.0.0.1:${server.addr.port}/` });
  await watch.ready;

  assertEquals(statesOf(watch), ["200"]);
});

Deno.test("watchReadiness() leaves nothing behind when it is stopped", async () => {
  const waiting = watchReadiness({ url: `http://127.0.0.1:${freePort()}/`, interval: 3_600_000 });
  await seen(waiting, "connection refused");
  waiting.stop();

  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const asking = watchReadiness({ url: `http://127.0.0.1:${listener.addr.port}/` });
  using conn = await listener.accept();
  await conn.read(new Uint8Array(1024));
  asking.stop();
  // The other end closes, as the question is given up.
  const size = await conn.read(new Uint8Array(1)).catch(() => null);
  assertEquals([size, statesOf(asking)], [null, []]);
  listener.close();
});

Deno.test("watchReadiness() asks at loopback when the engine listens everywhere", async () => {
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    () => new Response("ok"),
  );
  await watchReadiness({ url: `http://0.0.0.0:${server.addr.port}/` }).ready;
});

Deno.test("watchReadiness() goes through no proxy", async () => {
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    () => new Response("ok"),
  );
  const module = new URL("../../src/sources/readiness.ts", import.meta.url);
  const code = `import { watchReadiness } from ${JSON.stringify(module.href)};
    await watchReadiness({ url: "http://127.0.0.1:${server.addr.port}/" }).ready;`;
  const proxy = `http://127.0.0.1:${freePort()}`;
  const { success } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "--no-config", "--no-lock", code],
    env: { HTTP_PROXY: proxy, http_proxy: proxy, ALL_PROXY: proxy, NO_PROXY: "", no_proxy: "" },
    stdin: "null",
  }).output();
  assert(success);
});

Deno.test({
  name: "watchReadiness() takes an unknown certificate at loopback",
  ignore: !hasOpenssl(),
  async fn() {
    using folder = temporaryFolder();
    const paths = await certificate(folder.path);
    const [cert, key] = [Deno.readTextFileSync(paths.cert), Deno.readTextFileSync(paths.key)];
    await using server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, cert, key, onListen() {} },
      () => new Response("ok"),
    );
    const watch = watchReadiness({ url: `https://127.0.0.1:${server.addr.port}/health` });
    await watch.ready;

    assertEquals(statesOf(watch), ["200"]);
  },
});

Deno.test("listens() waits until somebody answers at all, or nobody asks any more", async () => {
  const port = freePort();
  const watch = watchReadiness({ url: `http://127.0.0.1:${port}/`, interval: 0 });
  await seen(watch, "connection refused");
  const listening = watch.listens().then(() => statesOf(watch).length);
  let isReady = false;
  await using _server = Deno.serve({ hostname: "127.0.0.1", port, onListen() {} }, () => {
    return new Response(null, { status: isReady ? 200 : 404 });
  });
  assert(await listening >= 1);
  assertEquals(statesOf(watch).slice(0, 2), ["connection refused", "404"]);
  isReady = true;
  await watch.ready;
  await watch.listens();

  const nobody = watchReadiness({ url: `http://127.0.0.1:${freePort()}/`, interval: 3_600_000 });
  const waiting = nobody.listens();
  nobody.stop();
  await waiting;
  await nobody.listens();
  assertEquals(statesOf(nobody).includes("404"), false);
});

Deno.test("watchReadiness() tells a refused connection when the URL is of https", async () => {
  const watch = watchReadiness({ url: `https://127.0.0.1:${freePort()}/health` });
  await seen(watch, "connection refused");
  watch.stop();
});

Deno.test("watchReadiness() throws when the URL is none of http or https", () => {
  for (const url of ["", "health", "ftp://127.0.0.1/", "http://:8000/health"]) {
    assertThrows(
      () => watchReadiness({ url }),
      TypeError,
      `Cannot watch readiness as 'url' must be one of http or https: current value is ${url}`,
    );
  }
});
