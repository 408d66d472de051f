import { assertEquals } from "@std/assert";
import { lengthOf } from "../../../src/read/on_path.ts";
import { download } from "../../../src/read/reasons/download.ts";
import { recorded, sketched } from "./_starts.ts";

Deno.test("download() finds vLLM's own span (sketched by its name)", () => {
  const found = download(sketched({
    ready: 100,
    attributes: { "coldtrace.engine.download_seconds": 0.06 },
    spans: [
      { id: "1", name: "Load weights", phase: "weights", start: 0, end: 90 },
      { id: "2", name: "Download weights - HF", phase: "download", start: 5, end: 65, parent: "1" },
    ],
  }));
  assertEquals(found?.evidence, ["Download weights - HF; its log says 60 ms"]);
  assertEquals(found && typeof found.time === "object" && lengthOf(found.time), 60_000_000n);
});

Deno.test("download() finds nothing in a recorded start of a local model", async () => {
  assertEquals(download(await recorded("cold")), undefined);
});
