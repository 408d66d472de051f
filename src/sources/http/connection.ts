/** A connection to an engine. */
export interface Connection {
  /** Sends all of it. */
  write(bytes: Uint8Array): Promise<void>;
  /** What comes, to the end. */
  chunks(): AsyncIterable<Uint8Array>;
  /** Closes it, if it is not closed. */
  close(): void;
}

/**
 * Connects to the host and port of a URL.
 *
 * Addresses that mean "all of this machine's" for who listens (`0.0.0.0`, `::`) are asked at its
 * loopback. There, certificates are taken as they are: engines make theirs themselves, and nobody
 * else can stand between.
 *
 * @throws {Error} Where nobody listens, or `signal` has been aborted.
 */
export async function connect(url: URL, signal: AbortSignal): Promise<Connection> {
  const hostname = addressOf(url.hostname);
  const port = Number(url.port || (url.protocol === "https:" ? 443 : 80));
  if (url.protocol === "https:") return await connectTls(hostname, port, signal);
  const tcp = await Deno.connect({ hostname, port, signal });
  return {
    async write(bytes) {
      for (let at = 0; at < bytes.length;) at += await tcp.write(bytes.subarray(at));
    },
    async *chunks() {
      const buffer = new Uint8Array(16_384);
      for (let size; (size = await tcp.read(buffer)) !== null;) yield buffer.slice(0, size);
    },
    close() {
      try {
        tcp.close();
      } catch {
        // Closed already.
      }
    },
  };
}

/** The address at which a host of a URL is asked. */
export function addressOf(hostname: string): string {
  const host = hostname.replace(/^\[|\]$/g, "");
  return host === "0.0.0.0" ? "127.0.0.1" : host === "::" ? "::1" : host;
}

/** Whether an address is this machine's own, for itself alone. */
function isLoopback(address: string): boolean {
  return address === "localhost" || address === "::1" || /^127(\.\d+){3}$/.test(address);
}

/**
 * By Node's module: `Deno.connectTls` takes unknown certificates only if the whole process does.
 * Loading it costs 35 ms, so only engines that speak TLS pay for it.
 */
async function connectTls(host: string, port: number, signal: AbortSignal): Promise<Connection> {
  const tls = await import("node:tls");
  signal.throwIfAborted();
  const isName = /[^\d.:a-f]/i.test(host);
  const socket = tls.connect({
    host,
    port,
    rejectUnauthorized: !isLoopback(host),
    // An address is no name of a server (RFC 6066).
    ...(isName && { servername: host }),
  });
  const close = () => socket.destroy();
  signal.addEventListener("abort", close, { once: true });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  socket.once("secureConnect", resolve);
  // Stays, since an error that nobody listens for ends the process.
  socket.on("error", reject);
  socket.once("close", () => reject(new Error("The connection was closed")));
  await promise;
  return {
    write: (bytes) =>
      new Promise((resolve, reject) => {
        socket.write(bytes, (error) => error ? reject(error) : resolve());
      }),
    chunks: () => socket,
    close,
  };
}
