/** Chromium, driven by its DevTools protocol (https://chromedevtools.github.io/devtools-protocol). */

const USUAL = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
];

/** Where Chromium is: `COLDTRACE_TEST_CHROMIUM`, else the usual places; nowhere: undefined. */
export function chromiumPath(): string | undefined {
  const named = Deno.env.get("COLDTRACE_TEST_CHROMIUM");
  return [...(named === undefined ? USUAL : [named])].find((path) => {
    try {
      return Deno.statSync(path).isFile;
    } catch {
      return false;
    }
  });
}

type Message = { id?: number; method?: string; params?: Params; result?: Params; error?: Params };
// deno-lint-ignore no-explicit-any -- what the protocol has, as it is
type Params = Record<string, any>;

/** How keys that are no characters are told; Tab moves the focus only with its code. */
const CODES: Record<string, number> = {
  Tab: 9,
  Enter: 13,
  Escape: 27,
  End: 35,
  Home: 36,
  ArrowLeft: 37,
  ArrowUp: 38,
  ArrowRight: 39,
  ArrowDown: 40,
};

/** A page of a Chromium of its own. */
export class Page implements AsyncDisposable {
  /** What it asked for, by URL. */
  readonly requests: string[] = [];
  /** Errors, warnings and whatever it wrote to its console. */
  readonly problems: string[] = [];
  readonly #socket: WebSocket;
  readonly #pending = new Map<number, (message: Message) => void>();
  readonly #close: () => Promise<void>;
  #loaded = Promise.withResolvers<void>();
  #id = 0;

  constructor(socket: WebSocket, close: () => Promise<void>) {
    this.#socket = socket;
    this.#close = close;
    socket.addEventListener("message", ({ data }) => {
      const message: Message = JSON.parse(data);
      if (message.id !== undefined) this.#pending.get(message.id)?.(message);
      else this.#hear(message.method ?? "", message.params ?? {});
    });
  }

  #hear(method: string, params: Params): void {
    if (method === "Network.requestWillBeSent") this.requests.push(params.request.url);
    if (method === "Runtime.consoleAPICalled") this.problems.push(JSON.stringify(params.args));
    if (method === "Runtime.exceptionThrown") this.problems.push(JSON.stringify(params));
    if (method === "Log.entryAdded") this.problems.push(params.entry.text);
    if (method === "Page.loadEventFired") this.#loaded.resolve();
  }

  /** Sends a command and gives its result. */
  async send(method: string, params: Params = {}): Promise<Params> {
    const id = ++this.#id;
    const answer = new Promise<Message>((resolve) => this.#pending.set(id, resolve));
    this.#socket.send(JSON.stringify({ id, method, params }));
    const { result, error } = await answer;
    this.#pending.delete(id);
    if (error) throw new Error(`${method}: ${error.message}`);
    return result ?? {};
  }

  async open(url: string): Promise<void> {
    this.#loaded = Promise.withResolvers();
    await this.send("Page.navigate", { url });
    await this.#loaded.promise;
    await this.drawn();
  }

  /** What an expression is in the page; a promise is waited for. */
  async evaluate<T>(expression: string): Promise<T> {
    const { result, exceptionDetails } = await this.send("Runtime.evaluate", {
      expression,
      awaitPromise: true,
      returnByValue: true,
    });
    if (exceptionDetails) throw new Error(JSON.stringify(exceptionDetails));
    return result.value;
  }

  /** Waits until what was asked to be drawn is. */
  async drawn(): Promise<void> {
    await this.evaluate(
      "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done())))",
    );
  }

  /** Presses keys by their names, `Shift+` before some, one after the other. */
  async press(...keys: string[]): Promise<void> {
    for (const pressed of keys) {
      const key = pressed.replace(/^Shift\+/, "");
      const text = key === "Enter" ? "\r" : key.length === 1 ? key : "";
      const code = CODES[key] ?? key.toUpperCase().charCodeAt(0);
      const common = {
        key,
        modifiers: key === pressed ? 0 : 8,
        windowsVirtualKeyCode: code,
      };
      await this.send("Input.dispatchKeyEvent", {
        ...common,
        type: text === "" ? "rawKeyDown" : "keyDown",
        text,
      });
      await this.send("Input.dispatchKeyEvent", { ...common, type: "keyUp" });
    }
    await this.drawn();
  }

  /** Does something with the mouse at a place in the page. */
  async mouse(type: string, x: number, y: number, more: Params = {}): Promise<void> {
    await this.send("Input.dispatchMouseEvent", { type: `mouse${type}`, x, y, ...more });
    await this.drawn();
  }

  async click(x: number, y: number, clickCount = 1): Promise<void> {
    await this.mouse("Moved", x, y);
    await this.mouse("Pressed", x, y, { button: "left", clickCount });
    await this.mouse("Released", x, y, { button: "left", clickCount });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.send("Browser.close");
    await this.#close();
    this.#socket.close();
  }
}

/** Starts a Chromium without a window; with an empty page of 1280 x 800. */
export async function openPage(path: string): Promise<Page> {
  const folder = await Deno.makeTempDir({ prefix: "coldtrace-chromium-" });
  const child = new Deno.Command(path, {
    args: [
      "--headless=new",
      "--no-sandbox",
      "--disable-gpu",
      "--no-first-run",
      "--remote-debugging-port=0",
      "--remote-allow-origins=*",
      "--window-size=1280,800",
      `--user-data-dir=${folder}`,
      "about:blank",
    ],
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const reader = child.stderr.pipeThrough(new TextDecoderStream()).getReader();
  let said = "";
  let address: string | undefined;
  while (address === undefined) {
    const { value, done } = await reader.read();
    if (done) throw new Error(`Cannot start Chromium: ${said}`);
    said += value;
    address = /DevTools listening on ws:\/\/(\S+?)\//.exec(said)?.[1];
  }
  // It goes on to say things; nobody listens.
  const rest = (async () => {
    while (!(await reader.read()).done);
  })();
  const targets: Params[] = await (await fetch(`http://${address}/json/list`)).json();
  const socket = new WebSocket(targets.find(({ type }) => type === "page")?.webSocketDebuggerUrl);
  await new Promise((resolve) => socket.addEventListener("open", resolve));
  const page = new Page(socket, async () => {
    await child.status;
    await rest;
    await Deno.remove(folder, { recursive: true });
  });
  for (const domain of ["Page", "Network", "Runtime", "Log"]) await page.send(`${domain}.enable`);
  await page.send("Emulation.setDeviceMetricsOverride", {
    width: 1280,
    height: 800,
    deviceScaleFactor: 1,
    mobile: false,
  });
  return page;
}
