// deno-lint-ignore-file no-console -- a program, too
/**
 * A real OpenTelemetry Collector for tests. Run as a program, it builds one with Go, of this
 * version and these parts, into the cache folder of this user, unless it is there already:
 * some two minutes, once. Where there is no Go it says so and ends well.
 *
 * @module
 */

/** 0.163 and later need modules that the Go proxy does not have. */
const VERSION = "0.162.0";
const CONFMAP_VERSION = "1.68.0";
const CORE = "go.opentelemetry.io/collector";
const CONTRIB = "github.com/open-telemetry/opentelemetry-collector-contrib";
const MANIFEST = {
  receivers: [{ gomod: `${CORE}/receiver/otlpreceiver v${VERSION}` }],
  exporters: [
    { gomod: `${CONTRIB}/exporter/fileexporter v${VERSION}` },
    { gomod: `${CORE}/exporter/otlphttpexporter v${VERSION}` },
  ],
  providers: ["env", "file"].map((name) => ({
    gomod: `${CORE}/confmap/provider/${name}provider v${CONFMAP_VERSION}`,
  })),
};

/** Counts the changes of the parts above, of which a build of one version can have others. */
const PARTS = 2;

/** The folder that the Collector is built in. */
function collectorFolder(): string {
  const home = Deno.env.get("HOME") ?? Deno.env.get("LOCALAPPDATA") ?? ".";
  const cache = Deno.env.get("XDG_CACHE_HOME") || `${home}/.cache`;
  return `${cache}/coldtrace/otelcol/${VERSION}-${PARTS}`;
}

function collectorPath(): string {
  return `${collectorFolder()}/otelcol${Deno.build.os === "windows" ? ".exe" : ""}`;
}

/** Whether the Collector has been built. */
export function isCollectorBuilt(): boolean {
  try {
    return Deno.statSync(collectorPath()).isFile;
  } catch {
    return false;
  }
}

/** TLS for a Collector's receivers: paths of PEM files. */
export interface CollectorTls {
  cert: string;
  key: string;
  /** What the clients' certificates must be signed by. */
  clientCa: string;
}

/** A running Collector that writes what it receives to a file. */
export interface Collector extends AsyncDisposable {
  /** `host:port` of its OTLP receivers. */
  readonly grpc: string;
  readonly http: string;
  /** Stops it. Returns the lines of its file: one for each request, as JSON. */
  stop(): Promise<string[]>;
}

/** Where a Collector sends what it receives, beside its file. */
export interface CollectorForward {
  /** A full URL. */
  endpoint: string;
  encoding: "proto" | "json";
  compression: "none" | "gzip";
}

/** Starts the Collector, in a folder that it may write to. Resolves when it is ready. */
export async function startCollector(
  folder: string,
  tls?: CollectorTls,
  forward?: CollectorForward,
): Promise<Collector> {
  const file = `${folder}/traces.jsonl`;
  const receiver = {
    endpoint: "127.0.0.1:0",
    ...tls && { tls: { cert_file: tls.cert, key_file: tls.key, client_ca_file: tls.clientCa } },
  };
  const exporters = {
    file: { path: file },
    ...forward && {
      otlp_http: {
        traces_endpoint: forward.endpoint,
        encoding: forward.encoding,
        compression: forward.compression,
        // It answers when it has sent.
        sending_queue: { enabled: false },
      },
    },
  };
  const config = `${folder}/config.yaml`; // JSON is YAML
  await Deno.writeTextFile(
    config,
    JSON.stringify({
      receivers: { otlp: { protocols: { grpc: receiver, http: receiver } } },
      exporters,
      service: {
        telemetry: { metrics: { level: "none" }, logs: { encoding: "json" } },
        pipelines: { traces: { receivers: ["otlp"], exporters: Object.keys(exporters) } },
      },
    }),
  );
  const child = new Deno.Command(collectorPath(), {
    args: [`--config=file:${config}`],
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  let log = "";
  const { promise: ready, resolve } = Promise.withResolvers<void>();
  const logged = (async () => {
    for await (const bytes of child.stderr) {
      log += new TextDecoder().decode(bytes);
      if (log.includes("Everything is ready")) resolve();
    }
  })();
  await Promise.race([ready, logged]);
  const endpoint = (server: string): string => {
    const found = new RegExp(`Starting ${server} server.*"endpoint":"([^"]+)"`).exec(log)?.[1];
    if (found === undefined) throw new Error(`Cannot start the Collector: ${log}`);
    return found;
  };
  async function stop(): Promise<string[]> {
    try {
      child.kill("SIGTERM");
    } catch {
      // It has ended.
    }
    await child.status;
    await logged;
    const text = await Deno.readTextFile(file);
    return text.split("\n").filter((line) => line !== "");
  }
  return {
    grpc: endpoint("GRPC"),
    http: endpoint("HTTP"),
    stop,
    async [Symbol.asyncDispose]() {
      await stop();
    },
  };
}

/** Runs a program with its output in `folder`/`log`; throws with the end of that if it fails. */
async function run(command: string, args: string[], cwd: string, log: string): Promise<void> {
  const { success, stdout, stderr } = await new Deno.Command(command, {
    args,
    cwd,
    env: { CGO_ENABLED: "0", GOFLAGS: "-buildvcs=false", GOBIN: collectorFolder() },
  }).output();
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  const output = decode(stdout) + decode(stderr);
  await Deno.writeTextFile(`${collectorFolder()}/${log}`, output);
  if (!success) throw new Error(`${command} ${args.join(" ")} failed: ${output.slice(-2_000)}`);
}

/** Builds the Collector with its own builder. */
async function buildCollector(): Promise<void> {
  const folder = collectorFolder();
  const build = `${folder}/build`;
  await Deno.mkdir(build, { recursive: true });
  const dist = { name: "otelcol", output_path: build, version: VERSION };
  await Deno.writeTextFile(`${folder}/manifest.yaml`, JSON.stringify({ dist, ...MANIFEST }));
  await run("go", ["install", `${CORE}/cmd/builder@v${VERSION}`], folder, "install.log");
  // The builder writes sources and go.mod, then stops at `go mod tidy`, for a module that only a
  // test of fileexporter imports and that the proxy does not have; `-e` goes on without it.
  await run(
    `${folder}/builder`,
    ["--skip-compilation", "--config", `${folder}/manifest.yaml`],
    folder,
    "builder.log",
  ).catch(() => {});
  await run("go", ["mod", "tidy", "-e"], build, "tidy.log");
  await run(
    "go",
    ["build", "-trimpath", "-ldflags=-s -w", "-o", `${folder}/built`, "."],
    build,
    "build.log",
  );
  await Deno.rename(`${folder}/built`, collectorPath()); // whoever sees it sees the whole of it
}

if (import.meta.main) {
  if (isCollectorBuilt()) {
    console.log(`The Collector is ${collectorPath()}`);
  } else {
    let hasGo = true;
    try {
      await new Deno.Command("go", { args: ["version"], stdout: "null", stderr: "null" }).output();
    } catch {
      hasGo = false;
    }
    if (hasGo) {
      console.log(`Building the Collector in ${collectorFolder()}: some minutes, once`);
      await buildCollector();
    } else {
      console.log("There is no Go to build the Collector with: its tests are skipped");
    }
  }
}
