import { relayEnd } from "../launch/uplink.ts";
import { settings } from "../trace/process.ts";
import type { SpanRecord } from "../trace/record.ts";
import { flush } from "../trace/sink.ts";

/**
 * Hands on many spans that have all ended: some thousand come at once when a start is over, and no
 * more wait for export than `OTEL_BSP_MAX_QUEUE_SIZE` says.
 *
 * @returns Settles when they are sent, or cannot be; never rejects.
 */
export async function relayAll(spans: readonly SpanRecord[]): Promise<void> {
  const atOnce = Math.max(1, Math.floor(settings().maxQueueSize / 2));
  for (let at = 0; at < spans.length; at += atOnce) {
    for (const span of spans.slice(at, at + atOnce)) relayEnd(span);
    await flush();
  }
}
