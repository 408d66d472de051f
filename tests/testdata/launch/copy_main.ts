// deno-lint-ignore-file no-console -- a program, not a library
/**
 * Passes streams on as `coldtrace run` does, without a program: `copy_main.ts SCENARIO`.
 */
import { OutputCopy } from "../../../src/launch/_copy.ts";

/** A stream of what `next` gives, until it gives nothing. */
function streamOf(next: () => Uint8Array | undefined): ReadableStream<Uint8Array> {
  return new ReadableStream({
    type: "bytes",
    pull(controller) {
      const bytes = next();
      if (bytes) controller.enqueue(bytes as Uint8Array<ArrayBuffer>);
      else {
        controller.close();
        controller.byobRequest?.respond(0);
      }
    },
  });
}

function numbered(lines: number): ReadableStream<Uint8Array> {
  let line = 0;
  const encoder = new TextEncoder();
  return streamOf(() => line < lines ? encoder.encode(`line ${line++}\n`) : undefined);
}

const [scenario] = Deno.args;
switch (scenario) {
  case "both": {
    const seen = { stdout: 0, stderr: 0 };
    const copy = new OutputCopy(
      { stdout: numbered(20_000), stderr: numbered(10) },
      (stream, bytes) => seen[stream] += bytes.length,
    );
    await copy.end();
    console.error(JSON.stringify(seen));
    break;
  }
  case "untap": {
    const seen: number[] = [];
    const copy: OutputCopy = new OutputCopy({ stdout: numbered(3) }, (_, bytes) => {
      seen.push(bytes.length);
      copy.untap();
    });
    await copy.end();
    console.error(JSON.stringify(seen.length));
    break;
  }
  case "endless": {
    let given = 0;
    const copy = new OutputCopy({
      stdout: streamOf(() => {
        given += 10_000;
        return new Uint8Array(10_000).fill(120);
      }),
    }, undefined);
    await copy.end();
    console.error(JSON.stringify(given));
    break;
  }
  case "open": {
    // Something that it started has the pipe, and says nothing.
    const copy = new OutputCopy({ stdout: new ReadableStream({ type: "bytes" }) }, undefined);
    await copy.end();
    console.error("given up");
    break;
  }
}
