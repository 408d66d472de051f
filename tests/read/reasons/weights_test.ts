import { assert, assertEquals, assertMatch } from "@std/assert";
import { lengthOf, type OwnedSegment, type Stretch } from "../../../src/read/on_path.ts";
import { proofOf } from "../../../src/read/reasons/proof.ts";
import { weights } from "../../../src/read/reasons/weights.ts";
import { rows } from "../../../src/read/rows.ts";
import { readStart } from "../../../src/read/start.ts";
import { decodeTraces } from "../../../src/otlp/json.ts";
import { capturedBodies } from "../../otlp/_captures.ts";
import { stored } from "../../show/_starts.ts";
import { recorded, sketched } from "./_starts.ts";

Deno.test("weights() tells that a recorded start had them in the page cache", async () => {
  const found = weights(await recorded("cold"));
  assertMatch(
    found?.evidence.join("\n") ?? "",
    /\nthey are on EXT4\nnothing of it came from the disk/,
  );
  assert(typeof found?.time === "object");
  // 1.5 s of collecting garbage are not theirs.
  assert(lengthOf(found.time) < 500_000_000n);
});

Deno.test("weights() finds nothing in a recorded start with dummies", async () => {
  assertEquals(weights(await recorded("cpu-limit")), undefined);
});

Deno.test("weights() tells the rate, the disk and a filesystem behind a network", () => {
  const found = weights(sketched({
    ready: 20_000,
    attributes: {
      "coldtrace.engine.checkpoint_gib": 15,
      "coldtrace.engine.weights_seconds": 10,
      "coldtrace.engine.weights_filesystem": "NFS",
    },
    spans: [{
      id: "1",
      name: "load weights",
      phase: "weights",
      start: 0,
      end: 12_000,
      attributes: { "coldtrace.bytes_read": 16e9, "coldtrace.page_faults.major": 4096 },
    }],
  }));
  assertEquals(found?.evidence, [
    "load weights 12.00 s",
    "16.1 GB in 10.00 s: 1.6 GB per second, from NFS",
    "16.0 GB came from the disk, with 4096 major page faults",
  ]);
  assertMatch(found?.remedy ?? "", /^a local disk, or --safetensors-load-strategy prefetch/);
  assertEquals(
    found && proofOf(["vllm", "serve", "M", "--load-format", "auto", "--port", "1"], found),
    "coldtrace run -n 6 --label weights-now " +
      "--interleave weights-dummy='vllm serve M --load-format dummy --port 1' -- " +
      "vllm serve M --load-format auto --port 1",
  );
});

Deno.test("weights() counts only what reads where nothing tells of dummies (recorded by vLLM)", () => {
  const bodies = capturedBodies();
  const names = (name: string) => {
    const own = bodies.filter(({ capture }) => capture === name);
    const found = weights(readStart(own.flatMap(({ json }) => decodeTraces(json))));
    return typeof found?.time === "object" ? found.time.map(nameOf) : undefined;
  };
  const nameOf = (stretch: Stretch) => (stretch as OwnedSegment).owner.name;
  const dummies = ["a-env-http-dummy", "b-flag-http-dummy", "c-grpc-docs", "d2-both-stale-lower"];
  assertEquals(dummies.map(names), dummies.map(() => undefined));
  assertEquals(weights(stored("vllm")[0]), undefined);
  assertEquals(new Set(names("b2-flag-http-safetensors")), new Set(["Load weights"]));
});

Deno.test("weights() speaks llama.cpp's options of llama.cpp's recorded starts", () => {
  const [start] = stored("ready");
  const found = weights(start);
  // As `coldtrace time` has it: the tokenizer is none of them.
  const own = rows(start).filter(({ phase }) => phase === "weights");
  assertEquals(
    typeof found?.time === "object" && lengthOf(found.time),
    own.reduce((sum, { ns }) => sum + ns, 0n),
  );
  assert(rows(start).some(({ phase }) => phase === "tokenizer"));
  assert(!found?.evidence.join().includes("tokenizer"));
});

Deno.test("weights() compares with the disk where another engine read from it", () => {
  const trial = (read: number) => {
    const attributes = { "coldtrace.bytes_read": read, "coldtrace.page_faults.major": 0 };
    const spans = [{ id: "1", phase: "weights", start: 0, end: 50, attributes }];
    return weights(sketched({ ready: 100, engine: "other", spans }))?.trial?.name;
  };
  assertEquals([trial(1e9), trial(0)], ["cached", undefined]);
});

Deno.test("weights() proposes no faster disk for what was in the page cache", () => {
  const remedy = (engine: string, read: number, filesystem = "EXT4") => {
    const attributes = {
      "coldtrace.engine.load_format": "auto",
      "coldtrace.engine.weights_filesystem": filesystem,
      "coldtrace.disk_read_bytes": read,
    };
    const spans = [{ id: "1", name: "load weights", phase: "weights", start: 0, end: 50 }];
    return weights(sketched({ ready: 100, engine, attributes, spans }))?.remedy ?? "";
  };
  for (const engine of ["vLLM", "llama.cpp", "other"]) {
    assertMatch(remedy(engine, 0), /: no disk would be faster/);
    assertMatch(remedy(engine, 1e9), /\ba faster disk\b/);
    // What comes by network is not always counted.
    assertMatch(remedy(engine, 0, "NFS"), /\ba local disk\b/);
  }
});
