/** The page of `plot` in a real Chromium; ignored where there is none. */
import { assert, assertEquals, assertGreater, assertLess, assertMatch } from "@std/assert";
import { decodeTraces } from "../../src/otlp/json.ts";
import { plotOf } from "../../src/read/plot/plot.ts";
import { readStart } from "../../src/read/start.ts";
import { plotPage } from "../../src/show/plot/page.ts";
import type { SpanRecord } from "../../src/trace/record.ts";
import { span } from "../read/_spans.ts";
import { type Stored, stored } from "../show/_starts.ts";
import { chromiumPath, openPage, type Page } from "./_chromium.ts";
import { manySpans } from "./_many_spans.ts";

const chromium = chromiumPath();

const ROOT = "a000000000000000";

function spansOf(lines: string): SpanRecord[] {
  return lines.trimEnd().split("\n").flatMap((line) => decodeTraces(line));
}

function pageOf(...starts: readonly (Stored | SpanRecord[])[]): Promise<string> {
  return plotPage(
    starts.map((start) => plotOf(typeof start === "string" ? stored(start)[0] : readStart(start))),
  );
}

/** A test of a page, at the end of which nothing was fetched and nothing was complained of. */
function browserTest(
  name: string,
  html: () => Promise<string>,
  test: (page: Page) => Promise<void>,
): void {
  Deno.test({
    name,
    ignore: chromium === undefined,
    async fn() {
      const folder = await Deno.makeTempDir({ prefix: "coldtrace-plot-" });
      try {
        await Deno.writeTextFile(`${folder}/plot.html`, await html());
        await using page = await openPage(chromium ?? "");
        const url = `file://${folder}/plot.html`;
        await page.open(url);
        await test(page);
        assertEquals(page.requests, [url]);
        assertEquals(page.problems, []);
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
    },
  });
}

const text = (page: Page, id: string) =>
  page.evaluate<string>(`document.getElementById("${id}").innerText`);
const range = (page: Page) => page.evaluate<string>(`document.getElementById("range").value`);
const focused = (page: Page) => page.evaluate<string>("document.activeElement.id");

/** Where something is in the window, in pixels. */
function boxOf(page: Page, id: string) {
  return page.evaluate<{ x: number; y: number; width: number; height: number }>(
    `(({ x, y, width, height }) => ({ x, y, width, height }))(
      document.getElementById("${id}").getBoundingClientRect())`,
  );
}

/** How many pixels of the plot have a colour of the style sheet, as they are drawn now. */
function pixelsOf(page: Page, color: string): Promise<number> {
  return page.evaluate<number>(`(() => {
    const canvas = document.getElementById("canvas");
    const options = { willReadFrequently: true };
    const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d", options);
    copy.drawImage(canvas, 0, 0);
    const wanted = new OffscreenCanvas(1, 1).getContext("2d", options);
    wanted.fillStyle = getComputedStyle(document.documentElement).getPropertyValue("--${color}");
    wanted.fillRect(0, 0, 1, 1);
    const [r, g, b] = wanted.getImageData(0, 0, 1, 1).data;
    const { data } = copy.getImageData(0, 0, canvas.width, canvas.height);
    let count = 0;
    for (let i = 0; i < data.length; i += 4) {
      if (data[i] === r && data[i + 1] === g && data[i + 2] === b) count++;
    }
    return count;
  })()`);
}

browserTest(
  "the page draws a start, with its path, ready and first token",
  () => pageOf("ready"),
  async (page) => {
    assertEquals(
      await page.evaluate("document.querySelector('h1').innerText"),
      "llama.cpp ready in 116.0 ms, first token after 119.7 ms",
    );
    for (const color of ["path", "ready", "token", "gap"]) {
      assertGreater(await pixelsOf(page, color), 20, color);
    }
    assertEquals(await range(page), "0 to 125 ms");
    assertMatch(await text(page, "details"), /^Start\n[^]*coldtrace\.engine\nllama\.cpp/);
    assertEquals(
      await page.evaluate(
        "document.querySelectorAll('tbody tr').length > 10 && " +
          "document.querySelector('tfoot').innerText.trim().split(/\\s+/).slice(0, 2).join(' ')",
      ),
      "116.0 ms",
    );
  },
);

browserTest("the mouse selects, zooms and pans", () => pageOf("ready"), async (page) => {
  const { x, y } = await boxOf(page, "canvas");
  await page.click(x + 60, y + 52);
  assertMatch(await text(page, "details"), /^process start\n[^]*on the path\n14\.7 ms, 12\.7 %/);
  await page.click(x + 60, y + 52, 2);
  const close = await range(page);
  assertMatch(close, /^-\S+ ms to 15\.5 ms$/);
  await page.mouse("Wheel", x + 300, y + 60, { deltaX: 0, deltaY: 400, modifiers: 2 });
  const far = await range(page);
  assert(far !== close, far);
  await page.mouse("Pressed", x + 500, y + 60, { button: "left", clickCount: 1 });
  await page.mouse("Moved", x + 300, y + 60, { button: "left", buttons: 1 });
  await page.mouse("Released", x + 300, y + 60, { button: "left", clickCount: 1 });
  assert(await range(page) !== far, far);
  await page.evaluate(`document.querySelector("[data-key='0']").click()`);
  await page.drawn();
  assertEquals(await range(page), "0 to 125 ms");
  await page.mouse("Moved", x + 60, y + 52);
  assertEquals(await text(page, "tip"), "process start\n14.7 ms");
});

browserTest("the keyboard alone does it all", () => pageOf("ready"), async (page) => {
  while (await focused(page) !== "plot") await page.press("Tab");
  assertEquals(
    await page.evaluate("getComputedStyle(document.activeElement).outlineStyle"),
    "solid",
  );
  await page.press("ArrowRight");
  assertMatch(await text(page, "details"), /^process start\n[^]*API server/);
  await page.press("ArrowRight", "ArrowRight");
  assertMatch(await text(page, "details"), /^connect launcher/);
  await page.press("ArrowRight");
  assertMatch(await text(page, "details"), /^unattributed in process API server\n/);
  await page.press("ArrowLeft", "ArrowDown");
  assertMatch(await text(page, "details"), /^process API server\n[^]*container/);
  await page.press("ArrowDown");
  assertMatch(await text(page, "details"), /^connect launcher/);
  await page.press("Enter");
  const close = await range(page);
  assert(close !== "0 to 125 ms", close);
  await page.press("Shift+ArrowRight");
  const right = await range(page);
  assert(right !== close, right);
  await page.press("-", "-", "+", "a", "d", "Home", "End");
  await page.press("0");
  assertEquals(await range(page), "0 to 125 ms");
  await page.press("Escape");
  assertMatch(await text(page, "details"), /^Start\n/);
  await page.press("?");
  assertEquals(await page.evaluate("document.getElementById('help').open"), true);
  await page.press("Escape");
  assertEquals(await page.evaluate("document.getElementById('help').open"), false);
});

browserTest("each key works on a page that was just opened", async () => {
  return await pageOf(spansOf(manySpans(200)));
}, async (page) => {
  const url = await page.evaluate<string>("location.href");
  const selected = () => text(page, "details");
  const changes = {
    "+": range,
    "-": range,
    "d": range,
    "Shift+ArrowLeft": range,
    "ArrowRight": selected,
    "ArrowLeft": selected,
    "ArrowUp": selected,
    "ArrowDown": selected,
  };
  for (const [key, tell] of Object.entries(changes)) {
    await page.open(url);
    assertEquals(await focused(page), "");
    const before = await tell(page);
    await page.press(key);
    assert(await tell(page) !== before, key);
  }
  await page.open(url);
  const all = await range(page);
  await page.press("+", "+");
  const middle = await range(page);
  await page.press("Home");
  const beginning = await range(page);
  await page.press("End");
  assertEquals(new Set([all, middle, beginning, await range(page)]).size, 4);
  await page.press("0");
  assertEquals(await range(page), all);
  await page.press("ArrowRight", "Enter");
  assert(await range(page) !== all, "Enter");
  page.requests.length = 1;
});

browserTest(
  "keys are left to what has the focus and needs them",
  () => pageOf("ready"),
  async (page) => {
    const focus = (selector: string) =>
      page.evaluate(`document.querySelector(${JSON.stringify(selector)}).focus()`);
    const all = await range(page);
    await page.press("/", "+", "0", "e", "?");
    assertEquals(await page.evaluate("document.getElementById('search').value"), "+0e?");
    assertEquals([await range(page), await page.evaluate("help.open")], [all, false]);
    await page.press("Escape", "Escape");
    // A button is pressed by Enter; it has no use for other keys.
    await focus("[data-key='+']");
    await page.press("Enter");
    const close = await range(page);
    assert(close !== all, "Enter");
    await page.press("0");
    assertEquals(await range(page), all);
    await focus("[data-find='weights engine core']");
    await page.press("Enter");
    const found = await text(page, "details");
    assertMatch(found, /phase\nweights/);
    await page.press("n");
    await page.press("ArrowRight");
    assert(await text(page, "details") !== found, "ArrowRight");
    await page.press("Escape");
    // Details that do not fit are scrolled.
    await page.evaluate("document.getElementById('details').style.maxHeight = '60px'");
    await focus("#details");
    await page.press("ArrowDown", "End", "+");
    assertMatch(await text(page, "details"), /^Start\n/);
    assert(await range(page) !== all, "+");
  },
);

browserTest("search counts, goes from one to the next, and lets go", () => {
  const lines = spansOf(manySpans(1000));
  return pageOf(lines);
}, async (page) => {
  await page.press("/");
  assertEquals(await focused(page), "search");
  await page.send("Input.insertText", { text: "module_4 worker_tp0" });
  const count = () => page.evaluate<string>("document.getElementById('count').value");
  const all = Number(/^(\d+) found$/.exec(await count())?.[1]);
  assertGreater(all, 20);
  await page.press("Enter");
  assertEquals(await count(), `1 of ${all}`);
  const first = await text(page, "details");
  assertMatch(first, /^import package_\d+\.module_4\d+\n[^]*Worker_TP0/);
  await page.press("Enter");
  assert(await text(page, "details") !== first, first);
  await page.press("Shift+Enter");
  assertEquals(await text(page, "details"), first);
  assertGreater(await pixelsOf(page, "match"), 20);
  await page.press("Escape");
  assertEquals(await count(), "");
  await page.send("Input.insertText", { text: "Line 17 of the log" });
  await page.press("Enter");
  assertMatch(await text(page, "details"), /^log\n[^]*Line 17 of the log\.[^]*stderr/);
});

browserTest(
  "a row of the table finds its spans",
  () => pageOf("ready"),
  async (page) => {
    await page.evaluate(`document.querySelector("[data-find='weights engine core']").click()`);
    await page.drawn();
    assertMatch(await text(page, "details"), /^[^\n]+\n[^]*phase\nweights/);
  },
);

browserTest("the page is light or dark as the user has it", () => pageOf("ready"), async (page) => {
  const panel = () =>
    page.evaluate<string>(
      "getComputedStyle(document.documentElement).getPropertyValue('--panel').trim()",
    );
  for (const value of ["light", "dark", "light"]) {
    await page.send("Emulation.setEmulatedMedia", {
      features: [{ name: "prefers-color-scheme", value }],
    });
    await page.drawn();
    assertEquals(await panel(), value === "light" ? "#ffffff" : "#1a1d21");
    assertGreater(await pixelsOf(page, "panel"), 50_000, value);
  }
});

browserTest("it is printed light and whole", () => pageOf("vllm", "ready"), async (page) => {
  await page.send("Emulation.setEmulatedMedia", {
    features: [{ name: "prefers-color-scheme", value: "dark" }],
  });
  await page.evaluate(
    `addEventListener("beforeprint", () => requestAnimationFrame(() => 0)), addEventListener(
      "beforeprint", () => globalThis.printed = getComputedStyle(document.documentElement)
        .getPropertyValue("--panel").trim() + " " +
        document.querySelectorAll("#paper canvas").length)`,
  );
  const { data } = await page.send("Page.printToPDF", { printBackground: true });
  assert(atob(data).startsWith("%PDF-"));
  assertGreater(data.length, 20_000);
  assertMatch(await page.evaluate<string>("printed"), /^#ffffff [2-9]$/);
  await page.drawn();
  assertEquals(await page.evaluate("document.querySelectorAll('#paper canvas').length"), 0);
  assertGreater(await pixelsOf(page, "panel"), 50_000, "dark again");
});

browserTest(
  "the first printed page has the waterfall",
  () => pageOf("vllm", "ready"),
  async (page) => {
    for (const landscape of [false, true]) {
      const { data } = await page.send("Page.printToPDF", {
        printBackground: true,
        pageRanges: "1",
        landscape,
      });
      assertMatch(atob(data), /\/Subtype \/Image/);
    }
  },
);

browserTest("a second start is below the first, on one time axis", () => {
  return pageOf("ready", "died");
}, async (page) => {
  assertEquals(
    await page.evaluate("[...document.querySelectorAll('h1')].map((h) => h.innerText)"),
    [
      "A llama.cpp ready in 116.0 ms, first token after 119.7 ms",
      "B llama.cpp died after 173.8 ms in load weights: killed by SIGKILL",
    ].map((title) => title.replace(/^(.) /, "$1")),
  );
  assertEquals(await range(page), "0 to 180 ms");
  for (const color of ["ready", "error"]) assertGreater(await pixelsOf(page, color), 20, color);
  assertEquals(await page.evaluate("document.querySelectorAll('table').length"), 3);
});

browserTest("a start that died says so, and what was open", () => pageOf("died"), async (page) => {
  assertGreater(await pixelsOf(page, "error"), 20);
  await page.press("/");
  await page.send("Input.insertText", { text: "load weights" });
  await page.press("Enter", "Enter");
  assertMatch(await text(page, "details"), /^load weights\n[^]*open: it had not ended/);
});

browserTest("a trace of another exporter is drawn", () => pageOf("vllm"), async (page) => {
  assertMatch(await page.evaluate("document.querySelector('h1').innerText"), /^vllm\.server /);
  assertGreater(await pixelsOf(page, "path"), 100);
});

browserTest("CPU and memory are drawn where they were sampled", () => {
  const root = span({
    id: ROOT,
    start: 0,
    end: 4e9,
    container: true,
    attributes: { "coldtrace.engine": "test" },
    events: { ready: 3e9 },
  });
  return pageOf([
    root,
    span({
      id: "1",
      parent: ROOT,
      start: 0,
      end: 4e9,
      attributes: {
        "coldtrace.process.samples.time_ms": [0, 1000, 2000, 3000],
        "coldtrace.process.samples.cpu_time_ms": [0, 900, 2700, 2800],
        "coldtrace.process.samples.rss": [1e6, 5e8, 1e9, 2e9],
      },
    }),
  ]);
}, async (page) => {
  assertGreater(await pixelsOf(page, "cpu"), 2_000);
  assertGreater(await pixelsOf(page, "memory"), 100);
});

browserTest("names from a trace are text, whatever they say", () => {
  const evil = `</script><script>evil()</script><!--<img src=http://127.0.0.1:9/x onerror=evil()>` +
    `\u2028'"\u202e`;
  const root = span({
    id: ROOT,
    start: 0,
    end: 100,
    name: evil,
    container: true,
    attributes: { "coldtrace.engine": evil, "coldtrace.label": evil, [evil]: evil },
    events: { ready: 90, [evil]: 20 },
  });
  const attributes = { "coldtrace.process": evil, "service.name": evil };
  return pageOf([
    root,
    span({ id: "1", parent: ROOT, start: 0, end: 50, name: evil, resource: { attributes } }),
    span({ id: "2", parent: ROOT, start: 50, end: 60, phase: evil, attributes: { [evil]: evil } }),
  ]);
}, async (page) => {
  assertEquals(await page.evaluate("typeof evil"), "undefined");
  assertEquals(await page.evaluate("document.querySelectorAll('img').length"), 0);
  assertEquals(await page.evaluate("document.scripts.length"), 2);
  while (await focused(page) !== "plot") await page.press("Tab");
  await page.press("ArrowRight");
  assertMatch(await text(page, "details"), /^<\/script><script>evil\(\)<\/script><!--<img src/);
  await page.press("ArrowRight", "ArrowDown", "ArrowDown");
  const { x, y } = await boxOf(page, "canvas");
  await page.mouse("Moved", x + 60, y + 52);
  assertEquals(await page.evaluate("document.querySelectorAll('img').length"), 0);
});

browserTest(
  "20,000 spans are drawn, panned, zoomed and searched",
  () => pageOf(spansOf(manySpans(20_000))),
  async (page) => {
    assertGreater(await pixelsOf(page, "path"), 500);
    const below = () => page.evaluate<string>("document.getElementById('spacer').style.height");
    const few = await below();
    await page.press("e");
    assert(await below() !== few, few);
    await page.press("+", "+", "d", "End");
    const seen = await range(page);
    assert(seen !== "0 to 1:30 min", seen);
    await page.press("/");
    await page.send("Input.insertText", { text: "module_19" });
    await page.press("Enter");
    assertMatch(await text(page, "details"), /^import package_\d+\.module_19/);
  },
);

Deno.test("the page of 1,000 spans and a log is less than 300 KB", async () => {
  const html = await pageOf(spansOf(manySpans(1000)));
  assertLess(new TextEncoder().encode(html).length, 300_000);
});
