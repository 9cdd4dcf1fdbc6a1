/** Forwards one request under `/api/` to the API and answers in its error envelope when there is none. */

// They describe one connection, not the message; fetch also unpacks the body, so its packing is gone.
const HOP_BY_HOP = [
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
];
const NOT_ANSWERED = [...HOP_BY_HOP, "content-encoding", "content-length"];

const TIMEOUT_MS = 60_000;

// Only these say that no byte of the request arrived; anything else may have been acted upon.
const NEVER_SENT = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "UND_ERR_CONNECT_TIMEOUT",
]);

export async function forward(request: Request, apiOrigin: string): Promise<Response> {
  const { pathname, search } = new URL(request.url);
  const hasBody = request.method !== "GET" && request.method !== "HEAD";
  try {
    const answer = await fetch(`${apiOrigin}${pathname}${search}`, {
      method: request.method,
      headers: without(request.headers, [...HOP_BY_HOP, "content-length", "expect"]),
      body: hasBody ? await request.arrayBuffer() : null,
      redirect: "manual",
      cache: "no-store",
      signal: AbortSignal.any([request.signal, AbortSignal.timeout(TIMEOUT_MS)]),
    });
    return new Response(answer.body, {
      status: answer.status,
      headers: without(answer.headers, NOT_ANSWERED),
    });
  } catch (error) {
    return wasNeverSent(error)
      ? envelope(
          "API unreachable",
          "api_unreachable",
          "We cannot reach our service just now. Nothing was sent. Please try again shortly.",
        )
      : envelope(
          "No answer from the API",
          "api_no_answer",
          "Our service did not answer in time. We are checking what happened.",
        );
  }
}

function without(headers: Headers, names: string[]): Headers {
  const kept = new Headers(headers);
  for (const name of names) kept.delete(name);
  return kept;
}

function wasNeverSent(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const causes = error.cause instanceof AggregateError ? error.cause.errors : [error.cause];
  return causes.every(
    (cause: unknown) =>
      cause instanceof Error && "code" in cause && NEVER_SENT.has(String(cause.code)),
  );
}

function envelope(error: string, code: string, customerMessage: string): Response {
  return Response.json(
    { error, customer_message: customerMessage, code },
    { status: 502, headers: { "Cache-Control": "no-store" } },
  );
}
