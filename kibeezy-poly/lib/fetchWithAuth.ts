/**
 * The only module that sends requests to the API, with session cookie, CSRF token, the account that
 * the page shows, language and time limit. It shows nothing and never retries.
 */
import { ACCOUNT_HEADER, checkAccount, getShownAccount, noteSessionChanged } from "@/lib/account";
import { type Answer, takeEarlyRead } from "@/lib/earlyReads";
import { noteEnvironment } from "@/lib/environment";
import { ApiError, parseApiError } from "@/lib/errors";
import { currentLanguage } from "@/lib/language";
import { noteServerTime } from "@/lib/time";

export type RequestOptions = {
  method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  body?: unknown;
  headers?: Record<string, string>;
  timeoutMs?: number;
  signal?: AbortSignal;
  /** True if the request must continue after the page is closed. */
  keepalive?: boolean;
  /** True for a request that concerns no account, such as logging in. */
  anyAccount?: boolean;
};

const READ_TIMEOUT_MS = 15_000;

let csrfToken: string | null = null;

/**
 * Sends a request and returns the JSON of its answer; null for an answer without a body.
 *
 * @throws ApiError for any status outside 2xx, for an unreadable answer, and when no answer came.
 */
export async function fetchWithAuth<T>(path: string, options: RequestOptions = {}): Promise<T> {
  return (await readAnswer(await request(path, options))) as T;
}

/** Sends a request and returns the response, whatever its status. */
export async function request(path: string, options: RequestOptions): Promise<Response> {
  const method = options.method ?? "GET";
  const account = options.anyAccount ? null : getShownAccount();
  const headers: Record<string, string> = {
    Accept: "application/json",
    "Accept-Language": currentLanguage(),
    ...(account === null ? {} : { [ACCOUNT_HEADER]: account }),
    ...options.headers,
  };
  if (options.body !== undefined) headers["Content-Type"] = "application/json";
  if (method !== "GET") headers["X-CSRFToken"] = await getCsrfToken();
  const response = await send(path, {
    method,
    headers,
    body: options.body === undefined ? null : JSON.stringify(options.body),
    signal: anySignal(options.timeoutMs ?? READ_TIMEOUT_MS, options.signal),
    keepalive: options.keepalive ?? false,
  });
  if (!options.anyAccount) checkAccount(response.headers.get(ACCOUNT_HEADER), account);
  return response;
}

/** To be called after logging in or out, since both change the CSRF token. */
export function forgetCsrfToken(): void {
  csrfToken = null;
}

/**
 * The CSRF token from the cookie, which is always current. The cookie of an API of another origin
 * cannot be read; then the token is fetched.
 */
async function getCsrfToken(): Promise<string> {
  const fromCookie =
    apiOrigin() === "" ? /(?:^|;\s*)csrftoken=([^;]+)/.exec(document.cookie)?.[1] : undefined;
  if (fromCookie !== undefined) return fromCookie;
  try {
    csrfToken ??= (await fetchWithAuth<{ csrf_token: string }>("/api/auth/csrf/")).csrf_token;
  } catch {
    // This code tells the caller that its own request was never sent.
    throw new ApiError(0, "api_unreachable");
  }
  return csrfToken;
}

function apiOrigin(): string {
  return document.documentElement.dataset.apiOrigin ?? "";
}

type Sent = RequestInit & { method: string; signal: AbortSignal };

async function send(path: string, init: Sent): Promise<Response> {
  try {
    const early = init.method === "GET" ? await takeEarlyRead(path, init.signal) : null;
    const { response, receivedMs } = early ?? (await ask(path, init));
    noteEnvironment(response.headers.get("X-Environment"));
    noteServerTime(response.headers.get("Date"), receivedMs);
    return response;
  } catch (error) {
    throw toNoAnswer(error);
  }
}

async function ask(path: string, init: Sent): Promise<Answer> {
  const response = await fetch(`${apiOrigin()}${path}`, {
    ...init,
    credentials: "include",
    cache: "no-store",
  });
  return { response, receivedMs: Date.now() };
}

/** The JSON of a 2xx response; throws an ApiError for any other response. */
export async function readAnswer(response: Response): Promise<unknown> {
  const body = await readJson(response);
  if (response.ok && body !== undefined) return body;
  if (response.status === 403) forgetCsrfToken();
  if (response.ok) throw new ApiError(response.status, "unreadable");
  throw noteSessionChanged(
    parseApiError(response.status, body, response.headers.get("Retry-After")),
  );
}

/** The body as JSON; null for status 204, undefined if the body is not JSON. */
async function readJson(response: Response): Promise<unknown> {
  if (response.status === 204) return null;
  try {
    return (await response.json()) as unknown;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw toNoAnswer(error);
  }
}

export function toNoAnswer(error: unknown): ApiError {
  if (error instanceof DOMException && error.name === "TimeoutError")
    return new ApiError(0, "timeout");
  if (error instanceof DOMException && error.name === "AbortError")
    return new ApiError(0, "aborted");
  return new ApiError(0, "offline");
}

// Combines time limit and outer signal by hand: many phones in use lack AbortSignal.any and
// AbortSignal.timeout.
function anySignal(timeoutMs: number, outer: AbortSignal | undefined): AbortSignal {
  const controller = new AbortController();
  const timer = setTimeout(() => {
    controller.abort(new DOMException("Too slow", "TimeoutError"));
  }, timeoutMs);
  controller.signal.addEventListener("abort", () => {
    clearTimeout(timer);
  });
  const abortToo = () => {
    controller.abort(new DOMException("Given up", "AbortError"));
  };
  if (outer?.aborted) abortToo();
  outer?.addEventListener("abort", abortToo, { once: true });
  return controller.signal;
}
