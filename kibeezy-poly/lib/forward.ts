/**
 * Forwards one request under `/api/` to the API. If the API cannot be reached, answers with the
 * API's error envelope.
 */
import { type ClientRequest, type IncomingMessage, request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { Readable } from "node:stream";
import type { ReadableStream } from "node:stream/web";
import type { Money } from "@/lib/errors";
import type { Language } from "@/lib/language";
import type { Sentence } from "@/lib/text";

// Hop-by-hop headers (RFC 9110 §7.6.1) describe one connection, so they must not be forwarded.
const HOP_BY_HOP = [
  "connection",
  "keep-alive",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
];

// A client can write these headers itself, and the page's server knows no more of its address. The
// API would take them for the word of a proxy.
const WRITTEN_BY_PROXIES = /^(?:x-forwarded-|forwarded$|x-real-ip$)/;

const TIMEOUT_MS = 60_000;

/** The API takes no longer bodies (docs/api.md §3), so none is held in memory here either. */
const MAX_BODY_BYTES = 64 * 1024;

// Only these errors prove that no byte of the request reached the API. After any other error the
// API may have acted on the request.
const NEVER_SENT = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
]);

type Rejection = { status: number; error: string; code: string; message: Sentence };

const TOO_LARGE: Rejection = {
  status: 413,
  error: "Request body over 64 KiB",
  code: "request_too_large",
  message: { en: "That is too much to send at once.", sw: "Ulichotuma ni kikubwa mno." },
};

const UNREACHABLE: Rejection = {
  status: 502,
  error: "API unreachable",
  code: "api_unreachable",
  message: {
    en: "We cannot reach our service right now. Nothing was sent. Please try again shortly.",
    sw: "Hatuwezi kufikia huduma yetu kwa sasa. Hakuna kilichotumwa. Tafadhali jaribu tena baada ya muda mfupi.",
  },
};

const NO_ANSWER: Rejection = {
  status: 502,
  error: "No answer from the API",
  code: "api_no_answer",
  message: {
    en: "Our service gave no answer. We are checking what happened.",
    sw: "Huduma yetu haikutoa jibu. Tunaangalia kilichotokea.",
  },
};

const UNREADABLE: Rejection = {
  status: 400,
  error: "Bad request",
  code: "bad_request",
  message: {
    en: "We could not read that request. Please try again.",
    sw: "Hatukuweza kusoma ombi hilo. Tafadhali jaribu tena.",
  },
};

export async function forward(request: Request, apiOrigin: string): Promise<Response> {
  const language = languageOf(request);
  // A request with an idempotency key may repeat an earlier one that is still under way, so whether
  // money moved is unknown even if this one was not sent.
  const unsent = request.headers.has("Idempotency-Key") ? "unknown" : "not_moved";
  const body = await readBody(request);
  if (body === "too large") return answerError(TOO_LARGE, unsent, language);
  try {
    return toResponse(await send(open(request, apiOrigin), body), request.method);
  } catch (error) {
    return wasNeverSent(error)
      ? answerError(UNREACHABLE, unsent, language)
      : answerError(NO_ANSWER, "unknown", language);
  }
}

/** The answer to an address that proxy.ts found unreadable: nothing can have been asked by it. */
export function answerUnreadable(request: Request): Response {
  return answerError(UNREADABLE, "not_moved", languageOf(request));
}

function languageOf({ headers }: Request): Language {
  return headers.get("Accept-Language")?.startsWith("sw") ? "sw" : "en";
}

/** The request's body; null if it has none. It is read no further than the API would take it. */
async function readBody({ headers, body }: Request): Promise<Buffer | null | "too large"> {
  if (Number(headers.get("Content-Length") ?? 0) > MAX_BODY_BYTES) return "too large";
  if (body === null) return null;
  const parts: Uint8Array[] = [];
  let length = 0;
  // Leaving the loop cancels the stream, so what else the client sends is not kept.
  for await (const part of body as unknown as AsyncIterable<Uint8Array>) {
    length += part.length;
    if (length > MAX_BODY_BYTES) return "too large";
    parts.push(part);
  }
  return Buffer.concat(parts);
}

/**
 * Opens the request to the API. `fetch` is not used because it replaces the Host header, which
 * Django compares with Origin.
 */
function open(request: Request, apiOrigin: string): ClientRequest {
  const { pathname, search } = new URL(request.url);
  const headers = new Headers(request.headers);
  for (const name of [...HOP_BY_HOP, "content-length", "expect"]) headers.delete(name);
  // Next drops Content-Encoding of an answer, so a compressed body could not be read.
  headers.delete("accept-encoding");
  for (const name of [...headers.keys()]) if (WRITTEN_BY_PROXIES.test(name)) headers.delete(name);
  const url = new URL(`${apiOrigin}${pathname}${search}`);
  const start = url.protocol === "https:" ? requestHttps : requestHttp;
  return start(url, {
    method: request.method,
    headers: Object.fromEntries(headers),
    // No keep-alive: the API may close an idle connection at the moment it is used again, and that
    // would look like a lost answer.
    agent: false,
    timeout: TIMEOUT_MS,
    signal: request.signal,
  });
}

function send(outgoing: ClientRequest, body: Buffer | null): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    outgoing.on("response", resolve);
    outgoing.on("error", reject);
    outgoing.on("timeout", () => outgoing.destroy(new Error("Too slow")));
    outgoing.end(body ?? undefined);
  });
}

function toResponse(incoming: IncomingMessage, method: string): Response {
  const headers = new Headers();
  for (const [name, values] of Object.entries(incoming.headersDistinct)) {
    if (!HOP_BY_HOP.includes(name))
      values?.forEach((value) => {
        headers.append(name, value);
      });
  }
  const status = incoming.statusCode ?? 502;
  const isEmpty = method === "HEAD" || status === 204 || status === 304;
  // Node's and the browser's types of a web stream differ in name only.
  const body = isEmpty
    ? null
    : (Readable.toWeb(incoming) as ReadableStream<Uint8Array> as unknown as BodyInit);
  return new Response(body, { status, headers });
}

function wasNeverSent(error: unknown): boolean {
  return error instanceof Error && "code" in error && NEVER_SENT.has(String(error.code));
}

function answerError(
  { status, error, code, message }: Rejection,
  money: Money,
  language: Language,
): Response {
  return Response.json(
    { error, customer_message: message[language], code, money },
    { status, headers: { "Cache-Control": "no-store" } },
  );
}
