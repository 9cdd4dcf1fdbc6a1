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

const TIMEOUT_MS = 60_000;

// Only these errors prove that no byte of the request reached the API. After any other error the
// API may have acted on the request.
const NEVER_SENT = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
]);

type Rejection = { error: string; code: string; message: Sentence };

const UNREACHABLE: Rejection = {
  error: "API unreachable",
  code: "api_unreachable",
  message: {
    en: "We cannot reach our service right now. Nothing was sent. Please try again shortly.",
    sw: "Hatuwezi kufikia huduma yetu kwa sasa. Hakuna kilichotumwa. Tafadhali jaribu tena baada ya muda mfupi.",
  },
};

const NO_ANSWER: Rejection = {
  error: "No answer from the API",
  code: "api_no_answer",
  message: {
    en: "Our service gave no answer. We are checking what happened.",
    sw: "Huduma yetu haikutoa jibu. Tunaangalia kilichotokea.",
  },
};

export async function forward(request: Request, apiOrigin: string): Promise<Response> {
  const hasBody = request.method !== "GET" && request.method !== "HEAD";
  const body = hasBody ? Buffer.from(await request.arrayBuffer()) : null;
  try {
    return toResponse(await send(open(request, apiOrigin), body), request.method);
  } catch (error) {
    const language = request.headers.get("Accept-Language")?.startsWith("sw") ? "sw" : "en";
    if (!wasNeverSent(error)) return refuse(NO_ANSWER, "unknown", language);
    // A request with an idempotency key may repeat an earlier one that is still under way, so
    // whether money moved is unknown.
    const isRepeatable = request.headers.has("Idempotency-Key");
    return refuse(UNREACHABLE, isRepeatable ? "unknown" : "not_moved", language);
  }
}

/**
 * Opens the request to the API. `fetch` is not used because it replaces the Host header, which
 * Django compares with Origin.
 */
function open(request: Request, apiOrigin: string): ClientRequest {
  const { pathname, search } = new URL(request.url);
  const headers = new Headers(request.headers);
  for (const name of [...HOP_BY_HOP, "content-length", "expect"]) headers.delete(name);
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

function refuse({ error, code, message }: Rejection, money: Money, language: Language): Response {
  return Response.json(
    { error, customer_message: message[language], code, money },
    { status: 502, headers: { "Cache-Control": "no-store" } },
  );
}
