import type { CoreErrorCode } from "../protocol.ts";

/** An error as OpenAI's clients know it. */
export interface ErrorBody {
  error: { message: string; type: string; param: string | null; code: string | null };
}

/** What more there is to say about an {@linkcode ApiError}. */
export interface ApiErrorOptions {
  /** Which parameter of the request is wrong. */
  param?: string;
  /** What happened, for programs. */
  code?: string;
  /** Headers of the answer. */
  headers?: Record<string, string>;
}

/** A request that cannot be answered, in OpenAI's shape. */
export class ApiError extends Error {
  override name = "ApiError";
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly #param: string | null;
  readonly #code: string | null;

  constructor(status: number, message: string, options: ApiErrorOptions = {}) {
    super(message);
    this.status = status;
    this.headers = options.headers ?? {};
    this.#param = options.param ?? null;
    this.#code = options.code ?? null;
  }

  /** The body of the answer, or of the last frame of a stream. */
  body(): ErrorBody {
    return {
      error: {
        message: this.message,
        type: errorType(this.status),
        param: this.#param,
        code: this.#code,
      },
    };
  }

  /** The answer. */
  response(): Response {
    return Response.json(this.body(), { status: this.status, headers: this.headers });
  }
}

/** A parameter that is wrong. */
export function invalid(param: string, message: string, code = "invalid_value"): ApiError {
  return new ApiError(400, message, { param, code });
}

/** What the core says about one request. */
export function coreError(code: CoreErrorCode, message: string): ApiError {
  if (code === "decode_failed") return new ApiError(500, message, { code });
  return new ApiError(400, message, { code });
}

function errorType(status: number): string {
  if (status === 429) return "rate_limit_error";
  if (status === 503) return "service_unavailable_error";
  return status >= 500 ? "server_error" : "invalid_request_error";
}
