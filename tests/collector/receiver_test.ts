/** The receiver and what a real OpenTelemetry Collector sends to it. */
import { assertEquals } from "@std/assert";
import { startReceiver } from "../../src/sources/receiver.ts";
import { isCollectorBuilt, startCollector } from "../_collector.ts";
import { capturedBodies } from "../otlp/_captures.ts";
import { encodeTraces } from "../otlp/_protobuf.ts";
import { post, spanRecord } from "../sources/_receiver.ts";
import { temporaryFolder } from "../trace/_export.ts";

const ignore = !isCollectorBuilt();

for (const encoding of ["proto", "json"] as const) {
  for (const compression of ["none", "gzip"] as const) {
    Deno.test({
      name:
        `startReceiver() takes what the Collector sends, ${encoding}, compression ${compression}`,
      ignore,
      async fn() {
        using folder = temporaryFolder();
        await using direct = startReceiver();
        await using receiver = startReceiver();
        const { endpoint } = receiver;
        await using collector = await startCollector(
          folder.path,
          undefined,
          { endpoint, encoding, compression },
        );
        const full = spanRecord(1, {
          attributes: {
            bytes: new Uint8Array([0, 255]),
            list: ["a", 1, 0.5, { deep: true }],
            big: 2n ** 62n,
            none: null,
          },
          events: [{ timeUnixNano: 7n, name: "bare", droppedAttributesCount: 2 }],
          status: { code: 2, message: "no memory" },
        });
        const bodies = [encodeTraces([full]), ...capturedBodies().map(({ protobuf }) => protobuf)];
        for (const body of bodies) {
          assertEquals((await post(direct.endpoint, body)).status, 200);
          assertEquals((await post(`http://${collector.http}/v1/traces`, body)).status, 200);
        }
        assertEquals(receiver.testimony(), direct.testimony());
        assertEquals(receiver.testimony().spans.length, 162);
      },
    });
  }
}
