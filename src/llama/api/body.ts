import { ApiError } from "./errors.ts";

/** The largest body that is read, in bytes. */
export const MAX_BODY: number = 4 * 2 ** 20;

/**
 * Reads the JSON object of a request.
 *
 * Nothing but `application/json` is taken, which also keeps web pages out: without CORS a
 * browser does not let them send it.
 *
 * @throws {ApiError} When there is none: 415, 413 or 400.
 */
export async function readJsonBody(request: Request): Promise<Record<string, unknown>> {
  const type = request.headers.get("content-type")?.split(";", 1)[0]?.trim().toLowerCase();
  if (type !== "application/json") {
    throw new ApiError(
      415,
      `The content type must be application/json: current value is ${type ?? "missing"}`,
    );
  }
  const text = await readText(request);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new ApiError(400, `The body is not JSON: ${(error as Error).message}`);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new ApiError(400, "The body must be a JSON object");
  }
  return value as Record<string, unknown>;
}

async function readText(request: Request): Promise<string> {
  const tooLarge = new ApiError(413, `The body must not be larger than ${MAX_BODY} bytes`);
  if (Number(request.headers.get("content-length")) > MAX_BODY) throw tooLarge;
  const decoder = new TextDecoder();
  let text = "";
  let size = 0;
  for await (const chunk of request.body ?? []) {
    size += chunk.length;
    if (size > MAX_BODY) throw tooLarge;
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}
