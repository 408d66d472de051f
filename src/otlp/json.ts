/**
 * Spans to and from OTLP/JSON, the format of run files: one OTLP `TracesData` a line.
 *
 * Written is the OpenTelemetry Collector's own form, byte for byte (its file exporter,
 * 0.162, pdata 1.68), so that whatever reads the Collector's files reads these. Read is
 * whatever an OTLP/JSON receiver must accept (opentelemetry-proto 1.x, "JSON Protobuf
 * Encoding").
 *
 * A record cannot hold everything that OTLP can, so what another program wrote may come
 * back different: a double that is an integer becomes an int (`2` in JavaScript is both),
 * `entityRefs` and unknown fields are gone, of a repeated attribute key the last one
 * stays, keys that are array indices (`"7"`) move to the front, invalid ids of links become
 * absent, and groups of equal resource or scope are joined and empty ones left out.
 *
 * @module
 */
export { encodeTraces } from "./encode.ts";
export { decodeTraces, LineDecoder } from "./_decode.ts";
export type { KnownParts } from "./_known_parts.ts";
