import type { Refusal } from "./body.ts";

/** The two encodings of OTLP over HTTP, by their media types. */
const FORMATS = { "application/x-protobuf": "protobuf", "application/json": "json" } as const;

/** How a body is encoded, and its answer. */
export type Format = (typeof FORMATS)[keyof typeof FORMATS];

/** The encoding of a request's body; `undefined` if it is none of OTLP's. */
export function formatOf(headers: Headers): Format | undefined {
  const type = headers.get("content-type")?.split(";")[0]?.trim().toLowerCase() ?? "";
  return Object.hasOwn(FORMATS, type) ? FORMATS[type as keyof typeof FORMATS] : undefined;
}

/** The answer to spans that were taken: an `ExportTraceServiceResponse` without anything to tell. */
export function accepted(format: Format): Response {
  return format === "json" ? Response.json({}) : protobuf(new Uint8Array(0), 200);
}

/**
 * The answer to a request that is not taken: a `google.rpc.Status` with its message, as OTLP 1.x
 * wants it, or plain text where the request was in none of its encodings.
 */
export function refused(refusal: Refusal, format?: Format): Response {
  const { status, message, headers } = refusal;
  switch (format) {
    case "json":
      return Response.json({ message }, { status, headers });
    case "protobuf":
      return protobuf(encodeStatus(message), status, headers);
    case undefined:
      return new Response(message, { status, headers });
  }
}

function protobuf(
  body: Uint8Array<ArrayBuffer>,
  status: number,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return new Response(body, {
    status,
    headers: { "content-type": "application/x-protobuf", ...headers },
  });
}

/** Field 2, the message, cut to what a length of one byte can tell. */
function encodeStatus(message: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(2 + 127);
  const { written } = new TextEncoder().encodeInto(message, bytes.subarray(2));
  bytes.set([2 << 3 | 2, written]);
  return bytes.slice(0, 2 + written);
}
