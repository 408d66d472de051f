/**
 * OpenTelemetry's SDK and exporters, in a thread of their own.
 *
 * This is the one file that imports OpenTelemetry packages at run time. It loads them into a
 * worker, where they can do none of what they do in the host's thread (measured with Deno 2.9.6
 * and the versions in deno.json):
 * - stop its event loop for 50 to 140 ms while they load (starting the worker stops it for 50);
 * - keep the process alive with timers and sockets that nobody can unreference: 10 s where a
 *   collector does not answer;
 * - read the environment, which prompts or throws, and parse it otherwise than the specification
 *   says. The worker's is empty, and everything is passed explicitly;
 * - write to the host's console, and share its globals.
 *
 * @module
 */
import {
  consoleExporter,
  type Exporter,
  exporterConfig,
  type Outcome,
  type ThreadConfig,
} from "./_exporter.ts";
import { exportableAttributes, exportableValue, readableSpan } from "./_readable_span.ts";
import type { RecordResource, RecordScope, SpanRecord } from "./record.ts";
import type { ExportSettings } from "./export_settings.ts";

/** What the thread says: what became of a batch, or that the packages could not be loaded. */
type ThreadMessage = { id: number; outcome: Outcome } | { unloadable: string };

/**
 * The exporter that `settings` ask for.
 *
 * @throws {Error} If something that it needs is not permitted or not there.
 */
export async function openExporter(settings: ExportSettings): Promise<Exporter> {
  if (settings.exporter === "console") return consoleExporter();
  return await startThread(await exporterConfig(settings));
}

/** How to get packages that could not be loaded. */
function unloadableText(packages: ThreadConfig["packages"], error: string): string {
  const reason = (error.split("\n")[0] ?? "").replace(/\.$/, "");
  const verb = /node_modules/.test(error)
    ? "add"
    : /lock ?file|frozen/i.test(error)
    ? "cache --frozen=false"
    : "cache";
  return `the OpenTelemetry packages cannot be loaded (${reason}); ` +
    `to get them, run: deno ${verb} ${Object.values(packages).join(" ")}`;
}

/**
 * Starts the thread with the SDK and an exporter. It never keeps the process alive; its
 * permissions are the process's.
 */
async function startThread(config: ThreadConfig): Promise<Exporter> {
  const { Worker } = await import("node:worker_threads");
  const program = [exportableAttributes, exportableValue, readableSpan, exporterThread];
  const code = encodeURIComponent(`${program.join("\n")}\nexporterThread();`);
  // As a data URL, since for a worker from a local file the host would need --allow-read.
  const worker = new Worker(new URL(`data:text/javascript,${code}`), {
    env: config.env,
    workerData: config,
  });
  worker.unref();

  const waiting = new Map<number, (outcome: Outcome) => void>();
  let broken: string | undefined;
  let count = 0;
  function fail(reason: string): void {
    broken ??= reason;
    for (const settle of waiting.values()) settle({ sent: 0, error: broken });
    waiting.clear();
  }
  worker.on("message", (message: ThreadMessage) => {
    if ("unloadable" in message) {
      return fail(unloadableText(config.packages, message.unloadable));
    }
    waiting.get(message.id)?.(message.outcome);
    waiting.delete(message.id);
  });
  worker.on("error", (error: Error) => fail(error.message));
  worker.on("exit", () => fail("the exporter's thread has ended"));

  return {
    get broken() {
      return broken;
    },
    send(records, urgent) {
      if (broken !== undefined) return Promise.resolve({ sent: 0, error: broken });
      const id = count++;
      try {
        worker.postMessage({ id, records, urgent });
      } catch (error) {
        return Promise.resolve({ sent: 0, error: (error as Error).message }); // no plain data
      }
      return new Promise((settle) => waiting.set(id, settle));
    },
    async close() {
      await worker.terminate();
    },
  };
}

/**
 * The thread's program. It runs by its text, so it can use nothing from outside of itself but
 * the functions that are sent along, and no syntax for which a compiler would add helpers.
 *
 * The SDK's processor makes the batches; it is told at once that a batch is done, because with a
 * failed one it would do nothing but drop it. What became of it is told to the queue, which keeps
 * it where it may be sent again.
 */
async function exporterThread(): Promise<void> {
  // deno-lint-ignore no-explicit-any -- packages that are loaded by computed names have no types
  type Package = any;
  type Result = { code: number; error?: { code?: unknown; message?: string; data?: string } };

  const { parentPort, workerData } = await import("node:worker_threads");
  const config = workerData as ThreadConfig;
  const reply = (message: ThreadMessage) => parentPort?.postMessage(message);
  const textOf = (error: unknown) => error instanceof Error ? error.message : String(error);

  // Whatever goes wrong in here is told by an outcome; the host's console is not for it.
  Reflect.set(globalThis, "console", new Proxy({}, { get: () => () => {} }));
  addEventListener("unhandledrejection", (event) => event.preventDefault());
  addEventListener("error", (event) => event.preventDefault());

  /** What the exporters of this thread have told `diag` of spans that a collector refused. */
  let refused = { count: 0, reason: "" };
  /** The last answer that allows another attempt, and how long it asks to wait for that. */
  let busy: { text: string; wait: number } | undefined;
  /** Whether the collector has answered the last time. */
  let reachable = false;
  /** The collector's address, where the exporter may not resolve its name. */
  let resolvedHost: string | undefined;

  /**
   * Makes the agent of the HTTP exporters. Deno's own way to a TLS connection needs `--allow-sys`
   * to read certificates that this one does not use (2.9.6).
   */
  async function httpAgent(protocol: string): Promise<unknown> {
    if (protocol === "http:") {
      return watched(new (await import("node:http")).Agent({ keepAlive: true }));
    }
    const { connect } = await import("node:tls");
    const agent = new (await import("node:https")).Agent({ keepAlive: true, ...config.tls });
    return watched(Object.assign(agent, {
      createConnection: (options: Parameters<typeof connect>[0]) => connect(options),
    }));
  }

  /**
   * Notes each answer that allows another attempt, and asks the exporter to wait for ever: it
   * then gives the batch back, which otherwise it would send again by itself, silently, without
   * ever telling the status.
   */
  function watched(agent: Package): unknown {
    const addRequest = agent.addRequest;
    agent.addRequest = function (request: Package, ...rest: unknown[]) {
      request.prependOnceListener("response", (response: Package) => {
        const { statusCode, statusMessage = "", headers } = response;
        if (![429, 502, 503, 504].includes(statusCode)) return;
        const asked = headers["retry-after"];
        const wait = /^\d+$/.test(asked) ? asked * 1000 : Date.parse(asked) - Date.now();
        busy = { text: `it answered ${statusCode} ${statusMessage}`.trim(), wait: wait || 0 };
        headers["retry-after"] = "9999999";
      });
      return addRequest.call(this, request, ...rest);
    };
    return agent;
  }

  /** The options of the HTTP exporters, which leave nothing to the environment. */
  function httpOptions(): Record<string, unknown> {
    return {
      url: config.url,
      headers: config.headers,
      timeoutMillis: config.timeout,
      compression: config.compression,
      httpAgentOptions: httpAgent,
    };
  }

  /** The same for gRPC. */
  async function grpcOptions(grpc: Package): Promise<Record<string, unknown>> {
    const { Buffer } = await import("node:buffer");
    const bytes = (text: string | undefined) => text === undefined ? null : Buffer.from(text);
    const metadata = new grpc.Metadata();
    for (const [name, value] of Object.entries(config.headers)) metadata.set(name, value);
    const { tls } = config;
    return {
      url: resolvedHost === undefined ? config.url : `https://${resolvedHost}`,
      metadata,
      timeoutMillis: config.timeout,
      compression: config.compression,
      credentials: tls === undefined
        ? grpc.credentials.createInsecure()
        : grpc.credentials.createSsl(bytes(tls.ca), bytes(tls.key), bytes(tls.cert)),
    };
  }

  /** Loads the packages, the API first: the others take the version that is there for the peer. */
  async function load() {
    const { api, sdk, resources, exporter: exporters, grpc } = config.packages;
    const { diag, DiagLogLevel } = await import(api);
    const { BatchSpanProcessor } = await import(sdk);
    const { resourceFromAttributes } = await import(resources);
    const { OTLPTraceExporter } = await import(exporters);
    const grpcPackage: Package = grpc === undefined ? undefined : await import(grpc);
    // This thread's `diag`, which is nobody else's: partial success is told in no other way.
    const ignore = () => {};
    const warn = (...words: unknown[]) => {
      for (const word of words) {
        try {
          const { rejectedSpans = 0, errorMessage = "" } = JSON.parse(String(word));
          if (Number(rejectedSpans) > 0) {
            refused = { count: Number(rejectedSpans), reason: String(errorMessage) };
          }
        } catch {
          // It is no partial success.
        }
      }
    };
    diag.setLogger(
      { verbose: ignore, debug: ignore, info: ignore, error: ignore, warn },
      { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
    );

    let exporter: Package;
    let results: Promise<Result>[] = [];
    const never = 2 ** 31 - 1;
    const processor: Package = new BatchSpanProcessor({
      export(spans: unknown[], done: (result: Result) => void) {
        results.push(
          new Promise<Result>((resolve) => exporter.export(spans, resolve))
            .catch((error) => ({ code: 1, error: { code: "unsendable", message: textOf(error) } })),
        );
        done({ code: 0 });
      },
      shutdown: () => Promise.resolve(),
    }, {
      maxExportBatchSize: config.batchSize,
      maxQueueSize: config.batchSize,
      scheduledDelayMillis: never,
      exportTimeoutMillis: never,
    });

    /** Makes the spans of `records`, which share resources and scopes where they are equal. */
    function readableSpans(records: readonly SpanRecord[]) {
      const made = new Map<string, unknown>();
      const keys = new Map<unknown, string>();
      function shared(value: RecordResource | RecordScope, make: () => unknown): unknown {
        let key = keys.get(value);
        if (key === undefined) {
          key = JSON.stringify(value, (_, v) => typeof v === "bigint" ? `${v}n` : v);
          keys.set(value, key);
        }
        if (!made.has(key)) made.set(key, make());
        return made.get(key);
      }
      return records.map((record) => {
        const { resource, scope } = record;
        const options = { schemaUrl: resource.schemaUrl };
        return readableSpan(
          record,
          shared(resource, () =>
            resourceFromAttributes(
              exportableAttributes(resource.attributes, config.json),
              options,
            )),
          shared(scope, () => ({
            ...scope,
            attributes: exportableAttributes(scope.attributes, config.json),
          })),
          config.json,
        );
      });
    }

    return async function send(records: readonly SpanRecord[]): Promise<Result[]> {
      exporter ??= new OTLPTraceExporter(
        grpcPackage === undefined ? httpOptions() : await grpcOptions(grpcPackage),
      );
      for (const span of readableSpans(records)) processor.onEnd(span);
      await processor.forceFlush();
      const sending = results;
      results = [];
      return Promise.all(sending);
    };
  }

  /** Why nobody can be connected to, if so. */
  async function probe(): Promise<string | undefined> {
    const { address, resolved, timeout } = config;
    if (address === undefined) return undefined;
    try {
      const signal = AbortSignal.timeout(timeout);
      const connection = await Deno.connect({ ...address, signal });
      const { hostname } = connection.remoteAddr;
      connection.close();
      if (!resolved) return undefined;
      const host = `${hostname.includes(":") ? `[${hostname}]` : hostname}:${address.port}`;
      const { state } = await Deno.permissions.query({ name: "net", host });
      if (state !== "granted") return `--allow-net=${host} is needed and not granted`;
      resolvedHost = host;
    } catch (error) {
      if (error instanceof Deno.errors.ConnectionRefused) {
        return "connection refused; does a collector listen there?";
      }
      if (error instanceof DOMException) return `no connection within ${timeout} ms`;
      return textOf(error);
    }
  }

  /** What the results of a batch say to the queue, by the rules of OTLP for trying again. */
  function outcomeOf(results: Result[], count: number): Outcome {
    const failed = results.find(({ code }) => code !== 0);
    if (failed === undefined) {
      const { count: lost, reason } = refused;
      refused = { count: 0, reason: "" };
      if (lost === 0) return { sent: count };
      return {
        sent: Math.max(0, count - lost),
        error: `it refused ${lost} of ${count} spans: ${reason}`,
      };
    }
    const { code, message = "", data = "" } = failed.error ?? {};
    if (config.packages.grpc !== undefined) {
      // Cancelled, deadline exceeded, aborted, out of range, unavailable, data loss.
      const retry = typeof code !== "number" || [1, 4, 10, 11, 14, 15].includes(code);
      return { sent: 0, error: message.replace(/ Resolution note:.*/, ""), retry };
    }
    // A number is a status that does not allow another attempt.
    if (typeof code === "number") {
      return { sent: 0, error: `it answered ${code} ${message} ${data}`.trim() };
    }
    const retry = code !== "unsendable";
    if (retry && busy !== undefined) {
      return { sent: 0, error: busy.text, retry, wait: Math.max(0, busy.wait) };
    }
    return { sent: 0, error: message, retry };
  }

  let loaded: ReturnType<typeof load> | undefined;
  let last = Promise.resolve();
  parentPort?.on("message", ({ id, records, urgent }: {
    id: number;
    records: SpanRecord[];
    urgent: boolean;
  }) => {
    last = last.then(async () => {
      try {
        // Every time, except that a TLS server would log each as a handshake that was broken off.
        const isProbed = urgent || !reachable || config.tls === undefined;
        const error = isProbed ? await probe() : undefined;
        if (error !== undefined) {
          reachable = false;
          return reply({ id, outcome: { sent: 0, error, retry: true, absent: true } });
        }
        loaded ??= load();
        loaded.catch((error) => reply({ unloadable: textOf(error) }));
        const send = await loaded;
        busy = undefined;
        const outcome = outcomeOf(await send(records), records.length);
        reachable = outcome.retry !== true;
        reply({ id, outcome });
      } catch (error) {
        reply({ id, outcome: { sent: 0, error: textOf(error) } });
      }
    });
  });
}
