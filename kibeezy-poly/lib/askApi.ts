/**
 * Requests of the page's own server to the API on a visitor's behalf, with the visitor's cookies.
 * For the server only; nothing is kept between two requests.
 */
import { type IncomingMessage, request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { getApiOrigin, isBehindProxy } from "@/lib/env";

/** The headers of the visitor's request from which those for the API are taken. */
export type Visitor = { get: (name: string) => string | null };

export type ApiAnswer = {
  status: number;
  /** A header's values; empty if the answer has none of this name. */
  header: (name: string) => string[];
  /** The JSON of the body; null if it has none or cannot be read. */
  body: unknown;
};

type Asked = {
  method?: "GET" | "POST";
  body?: object;
  headers?: Record<string, string>;
  timeoutMs: number;
};

// The Host, because Django compares it with Origin.
const PASSED = ["host", "cookie", "user-agent", "origin", "referer"];
// A client can write these itself, so they are passed on only if a proxy has written them.
const WRITTEN_BY_THE_PROXY = ["x-forwarded-for", "x-forwarded-proto"];

/** No answer of the API is longer; what is longer is not read. */
const MAX_ANSWER_BYTES = 1024 * 1024;

/**
 * Asks the API and waits for the whole answer.
 *
 * @throws Error if no answer came within `timeoutMs`. The API may have acted on the request.
 */
export async function askApi(path: string, visitor: Visitor, asked: Asked): Promise<ApiAnswer> {
  const { method = "GET", timeoutMs } = asked;
  const body = asked.body === undefined ? null : JSON.stringify(asked.body);
  const headers: Record<string, string> = { accept: "application/json", ...asked.headers };
  for (const name of [...PASSED, ...(isBehindProxy() ? WRITTEN_BY_THE_PROXY : [])]) {
    const value = visitor.get(name);
    if (value !== null) headers[name] = value;
  }
  if (body !== null) {
    headers["content-type"] = "application/json";
    headers["content-length"] = String(Buffer.byteLength(body));
  }
  const url = new URL(`${getApiOrigin()}${path}`);
  const start = url.protocol === "https:" ? requestHttps : requestHttp;
  const signal = AbortSignal.timeout(timeoutMs);
  const incoming = await new Promise<IncomingMessage>((resolve, reject) => {
    // No keep-alive, for the reason given in lib/forward.ts.
    const outgoing = start(url, { method, headers, agent: false, signal });
    outgoing.on("response", resolve);
    outgoing.on("error", reject);
    outgoing.end(body ?? undefined);
  });
  return {
    status: incoming.statusCode ?? 502,
    header: (name) => incoming.headersDistinct[name.toLowerCase()] ?? [],
    body: await readJson(incoming),
  };
}

async function readJson(incoming: IncomingMessage): Promise<unknown> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of incoming as AsyncIterable<Buffer>) {
    length += part.length;
    if (length > MAX_ANSWER_BYTES) throw new Error("The API's answer is too long.");
    parts.push(part);
  }
  try {
    return JSON.parse(Buffer.concat(parts).toString("utf8")) as unknown;
  } catch {
    return null;
  }
}
