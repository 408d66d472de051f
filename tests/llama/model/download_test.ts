import {
  assert,
  assertEquals,
  assertMatch,
  assertNotMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import {
  DownloadError,
  downloadModel,
  type DownloadOptions,
  type DownloadProgress,
} from "../../../src/llama/model/download.ts";
import { parseModelSource } from "../../../src/llama/model/source.ts";
import { type HubFile, HubServer } from "../../testdata/hub/hub_server.ts";

const TOKEN = "hf_test_token_7c1f";
const SIZE = 300_000;
/** What no other file has: GGUF's magic, then the bytes of a counter. */
const CONTENT = (() => {
  const bytes = new Uint8Array(SIZE);
  for (let i = 0; i < SIZE; i++) bytes[i] = i * 31 + (i >> 8);
  bytes.set(new TextEncoder().encode("GGUF"));
  return bytes;
})();
const SOURCE = parseModelSource("hf:owner/repo/model.gguf");

interface World extends AsyncDisposable {
  hub: HubServer;
  dir: string;
  env: Record<string, string>;
  /** Downloads `hf:owner/repo/model.gguf`. */
  download(options?: DownloadOptions): ReturnType<typeof downloadModel>;
  /** The names of all files below `dir`. */
  files(): string[];
}

async function createWorld(file?: Partial<HubFile>, token?: string): Promise<World> {
  const dir = await Deno.makeTempDir({ prefix: "coldtrace-download-" });
  const hub = new HubServer({
    files: { "owner/repo@main/model.gguf": { content: CONTENT, ...file } },
    ...(token !== undefined && { token }),
  });
  const env = { HF_ENDPOINT: hub.url };
  return {
    hub,
    dir,
    env,
    download: (options) => downloadModel(SOURCE, dir, { env, ...options }),
    files: () => listFiles(dir),
    async [Symbol.asyncDispose]() {
      await hub[Symbol.asyncDispose]();
      await Deno.remove(dir, { recursive: true });
    },
  };
}

function listFiles(dir: string): string[] {
  return [...Deno.readDirSync(dir)].flatMap((entry) =>
    entry.isDirectory ? listFiles(`${dir}/${entry.name}`) : [entry.name]
  ).sort();
}

Deno.test("downloadModel() brings a file of the hub, checked by its SHA-256, with progress", async () => {
  await using world = await createWorld();
  const seen: DownloadProgress[] = [];
  const model = await world.download({ onProgress: (progress) => seen.push(progress) });
  assertEquals(model, {
    path: `${world.dir}/hf/owner--repo/main/model.gguf`,
    received: SIZE,
    checksum: "sha256",
  });
  assertEquals(await Deno.readFile(model.path), CONTENT);
  assertEquals(seen[0], { bytes: 0, total: SIZE });
  assertEquals(seen.at(-1), { bytes: SIZE, total: SIZE });
  assertEquals(world.files(), ["model.gguf"]);
});

Deno.test("downloadModel() checks a file that git itself keeps by git's own hash", async () => {
  await using world = await createWorld({ plain: true });
  assertEquals((await world.download()).checksum, "git-sha1");
});

Deno.test("downloadModel() asks nobody when the file is there, offline or not", async () => {
  await using world = await createWorld();
  const { path } = await world.download();
  world.hub.seen.length = 0;
  assertEquals(await world.download(), { path, received: 0 });
  assertEquals(await world.download({ env: { HF_HUB_OFFLINE: "1" } }), { path, received: 0 });
  assertEquals(world.hub.seen, []);
});

Deno.test("downloadModel() says that HF_HUB_OFFLINE forbids it when the file is not there", async () => {
  await using world = await createWorld();
  const env = { ...world.env, HF_HUB_OFFLINE: "1" };
  const { message } = await assertRejects(() => world.download({ env }), DownloadError);
  assertEquals(
    message,
    "Cannot download model as HF_HUB_OFFLINE is set and hf:owner/repo/model.gguf is not on this " +
      "machine: unset it and start once with a network",
  );
  assertEquals(world.hub.seen, []);
});

Deno.test("downloadModel() sends HF_TOKEN to the hub and to no other host", async () => {
  await using world = await createWorld({}, TOKEN);
  await world.download({ env: { ...world.env, HF_TOKEN: ` ${TOKEN}\n` } });
  const tokens = (server: string) =>
    world.hub.seen.filter((r) => r.server === server).map((r) => r.token);
  assert(tokens("hub").every((token) => token === `Bearer ${TOKEN}`));
  assert(tokens("storage").length > 0 && tokens("storage").every((token) => token === null));
});

Deno.test("downloadModel() says what to do when the hub refuses, and keeps the token secret", async () => {
  await using world = await createWorld({}, TOKEN);
  const wrong = "hf_wrong_token_99";
  const env = { ...world.env, HF_TOKEN: wrong };
  const error = await assertRejects(() => world.download({ env }), DownloadError);
  assertMatch(error.message, /refuses access \(401\): check the name, .* set HF_TOKEN/);
  assertStringIncludes(error.message, "hf:owner/repo/model.gguf");
  assertNotMatch(Deno.inspect(error), new RegExp(wrong));
  assertEquals(world.hub.seen.length, 1, "a refusal is no reason to ask again");
});

Deno.test("downloadModel() names what the hub does not have", async () => {
  await using world = await createWorld();
  const { env, dir } = world;
  for (const name of ["owner/none/model.gguf", "owner/repo@v9/model.gguf"]) {
    const source = parseModelSource(`hf:${name}`);
    const error = await assertRejects(() => downloadModel(source, dir, { env }), DownloadError);
    assertStringIncludes(error.message, "has no such repository, revision or file (404)");
    assertStringIncludes(error.message, name);
  }
  const source = parseModelSource("hf:owner/repo/none.gguf");
  const error = await assertRejects(() => downloadModel(source, dir, { env }), DownloadError);
  assertStringIncludes(error.message, "owner/repo has no file 'none.gguf'");
});

Deno.test("downloadModel() continues where a connection broke", async () => {
  await using world = await createWorld();
  world.hub.faults.push({ cut: 100_000 }, { cut: 50_000 });
  const model = await world.download();
  assertEquals(await Deno.readFile(model.path), CONTENT);
  assertEquals(model.received, SIZE);
  const ranges = world.hub.reads.filter((r) => r.server === "storage").map((r) => r.range);
  assertEquals(ranges, [
    null,
    `bytes=100000-${SIZE - 1}`,
    `bytes=150000-${SIZE - 1}`,
  ]);
});

Deno.test("downloadModel() continues what an earlier call left, and hashes all of it", async () => {
  await using world = await createWorld();
  const controller = new AbortController();
  world.hub.faults.push({ hang: 120_000 });
  const reason = new Error("enough");
  const error = await assertRejects(() =>
    world.download({
      signal: controller.signal,
      onProgress: ({ bytes }) => bytes > 0 && controller.abort(reason),
    })
  );
  assertEquals(error, reason);
  assertEquals(world.files(), ["model.gguf.lock", "model.gguf.part"]);

  const left = Deno.statSync(`${world.dir}/hf/owner--repo/main/model.gguf.part`).size;
  const model = await world.download();
  assertEquals(model.received, SIZE - left);
  assertEquals(await Deno.readFile(model.path), CONTENT);
});

Deno.test("downloadModel() begins anew when the hub's file has changed meanwhile", async () => {
  await using world = await createWorld();
  const part = `${world.dir}/hf/owner--repo/main/model.gguf.part`;
  await Deno.mkdir(part.slice(0, part.lastIndexOf("/")), { recursive: true });
  await Deno.writeTextFile(part, "GGUF of another day");
  await Deno.writeTextFile(part.replace(".part", ".lock"), "0".repeat(64));
  const model = await world.download();
  assertEquals(model.received, SIZE);
  assertEquals(await Deno.readFile(model.path), CONTENT);
});

Deno.test("downloadModel() begins anew when the server does not continue", async () => {
  for (const fault of [{ noRange: true } as const, { status: 416 }]) {
    await using world = await createWorld();
    world.hub.faults.push({ cut: 100_000 }, fault);
    const model = await world.download();
    assertEquals(await Deno.readFile(model.path), CONTENT);
  }
});

Deno.test("downloadModel() tries again when a server is busy, broken or silent", async () => {
  await using world = await createWorld();
  const headers = { "retry-after": "0.01" };
  world.hub.apiFaults.push({ status: 500 }, { status: 429, headers });
  world.hub.faults.push({ status: 503, headers }, { hang: 10 }, { status: 403 });
  const model = await world.download({ stallTimeout: 250 });
  assertEquals(await Deno.readFile(model.path), CONTENT);
});

Deno.test("downloadModel() refuses bytes with the wrong checksum, after one new try", async () => {
  await using world = await createWorld({ sha256: "ab".repeat(32) });
  const error = await assertRejects(() => world.download(), DownloadError);
  assertMatch(error.message, /its sha256 must be (ab){32}: current value is [0-9a-f]{64}/);
  assertEquals(world.hub.reads.filter((r) => r.server === "storage").length, 2);
  assertEquals(world.files(), ["model.gguf.lock", "model.gguf.part"]);
  assertEquals(Deno.statSync(`${world.dir}/hf/owner--repo/main/model.gguf.part`).size, 0);
});

Deno.test("downloadModel() gives up on a server that is not there, without its address's query", async () => {
  await using world = await createWorld();
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  const source = parseModelSource(`http://127.0.0.1:${port}/model.gguf?signature=s3cret`);
  const controller = new AbortController();
  const tried = downloadModel(source, world.dir, { signal: controller.signal });
  const error = await assertRejects(() => tried, DownloadError);
  assertMatch(error.message, /^Cannot download model as 127\.0\.0\.1:\d+ cannot be reached \(.*/);
  assertNotMatch(Deno.inspect(error.message), /s3cret/);
});

Deno.test("downloadModel() keeps no web page as a model", async () => {
  await using world = await createWorld({
    content: new TextEncoder().encode("<!DOCTYPE html><title>Please log in</title>"),
  });
  const source = parseModelSource(`${world.hub.url}/owner/repo/resolve/main/model.gguf`);
  const error = await assertRejects(() => downloadModel(source, world.dir), DownloadError);
  assertStringIncludes(
    error.message,
    "it must be a GGUF file but what comes looks like a web page",
  );
  assert(world.files().every((name) => !name.endsWith(".gguf")));
});

Deno.test("downloadModel() brings and continues a file of any web server", async () => {
  await using world = await createWorld({ plain: true });
  const source = parseModelSource(`${world.hub.url}/owner/repo/resolve/main/model.gguf`);
  world.hub.faults.push({ cut: 100_000 });
  const { path, ...rest } = await downloadModel(source, world.dir);
  assertEquals(rest, { received: SIZE });
  assertEquals(await Deno.readFile(path), CONTENT);
  assertEquals(world.hub.reads.map((r) => r.range), [null, "bytes=100000-"]);
});

Deno.test("downloadModel() downloads once when two want the same file", async () => {
  await using world = await createWorld();
  world.hub.faults.push({ cut: 100_000 });
  const models = await Promise.all([world.download(), world.download()]);
  assertEquals(models.map((model) => model.received).sort(), [0, SIZE]);
  assertEquals(world.files(), ["model.gguf"]);
});

Deno.test("downloadModel() follows a hub's redirects, but not for ever, and only to the web", async () => {
  await using world = await createWorld();
  const location = "/api/models/owner/repo/paths-info/main";
  const moved = { status: 307, headers: { location } };
  world.hub.apiFaults.push(moved, moved);
  assertEquals((await world.download()).received, SIZE);

  const source = parseModelSource("hf:owner/repo/other.gguf");
  const download = () => downloadModel(source, world.dir, { env: world.env });
  world.hub.apiFaults.push(...Array(11).fill(moved));
  const endless = await assertRejects(download, DownloadError);
  assertStringIncludes(endless.message, "redirects without end");
  world.hub.apiFaults.push({ status: 302, headers: { location: "file:///etc/passwd" } });
  const unsafe = await assertRejects(download, DownloadError);
  assertStringIncludes(unsafe.message, "redirects to where it is not safe to go");
});

Deno.test("downloadModel() reports an HF_ENDPOINT that is no URL", async () => {
  await using world = await createWorld();
  const env = { HF_ENDPOINT: "hub.example" };
  const error = await assertRejects(() => world.download({ env }), DownloadError);
  assertStringIncludes(error.message, "HF_ENDPOINT must be a URL that begins with https://");
});

Deno.test("downloadModel() needs net, and read and write for the folder, and nothing else", async () => {
  await using world = await createWorld();
  const module = new URL("../../../src/llama/model/download.ts", import.meta.url).href;
  const program = `import { downloadModel } from ${JSON.stringify(module)};
    const source = ${JSON.stringify(SOURCE)};
    const options = { env: ${JSON.stringify(world.env)} };
    const model = await downloadModel(source, ${JSON.stringify(world.dir)}, options);
    console.log(model.received);`;
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--no-prompt",
      "--no-lock",
      `--allow-net=${new URL(world.hub.url).host},${world.hub.storageHost}`,
      `--allow-read=${world.dir}`,
      `--allow-write=${world.dir}`,
      `data:text/javascript,${encodeURIComponent(program)}`,
    ],
  }).output();
  assertEquals(new TextDecoder().decode(stdout), `${SIZE}\n`, new TextDecoder().decode(stderr));
});
