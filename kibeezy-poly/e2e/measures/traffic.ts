/** Counts the bytes of requests and responses, headers included, as the browser reports them. */
import type { CDPSession } from "@playwright/test";

export type Exchange = { path: string; sent: number; received: number; body: number };

/**
 * Scripts and styles are not counted here: they have a budget of their own, and the browser caches
 * them for long.
 */
const isCode = (url: string) => url.includes("/_next/static/");

type Headers = Record<string, string>;

/**
 * Estimates the size of headers under HTTP/2, which phones use: a header line that repeats costs
 * one byte. The test browser speaks HTTP/1.1, which repeats about a kilobyte of headers with each
 * request.
 */
class HeaderTable {
  private readonly known = new Set<string>();

  weigh(headers: Headers): number {
    return Object.entries(headers).reduce((sum, [name, value]) => {
      const line = `${name.toLowerCase()}: ${value}`;
      if (this.known.has(line)) return sum + 1;
      this.known.add(line);
      return sum + line.length;
    }, FRAME_BYTES);
  }
}

const FRAME_BYTES = 9;

type Seen = {
  path: string;
  asked: Headers;
  answered: Headers;
  posted: number;
  body: number;
  packed: number;
};

/** Starts counting; the returned function gives the exchanges so far. */
export function countTraffic(devtools: CDPSession): () => Exchange[] {
  const seen = new Map<string, Seen>();
  // The browser reports the complete headers in a separate event, before or after the request's own
  // event.
  const whole = new Map<string, Headers>();
  devtools.on("Network.requestWillBeSent", ({ requestId, request }) => {
    if (isCode(request.url)) return;
    const { pathname, search } = new URL(request.url);
    seen.set(requestId, {
      path: `${request.method} ${pathname}${search}`,
      asked: request.headers,
      answered: {},
      posted: request.postData?.length ?? 0,
      body: 0,
      packed: 0,
    });
  });
  devtools.on("Network.requestWillBeSentExtraInfo", ({ requestId, headers }) => {
    whole.set(requestId, headers);
  });
  devtools.on("Network.responseReceived", ({ requestId, response }) => {
    const one = seen.get(requestId);
    if (one) one.answered = response.headers;
  });
  devtools.on("Network.dataReceived", ({ requestId, dataLength, encodedDataLength }) => {
    const one = seen.get(requestId);
    if (!one) return;
    one.body += dataLength;
    one.packed += encodedDataLength > 0 ? encodedDataLength : dataLength;
  });
  return () => weighAll(seen, whole);
}

function weighAll(seen: Map<string, Seen>, whole: Map<string, Headers>): Exchange[] {
  const [asked, answered] = [new HeaderTable(), new HeaderTable()];
  return [...seen].map(([id, one]) => ({
    path: one.path,
    sent: one.path.length + asked.weigh(whole.get(id) ?? one.asked) + FRAME_BYTES + one.posted,
    received: answered.weigh(one.answered) + FRAME_BYTES + one.packed,
    body: one.body,
  }));
}

/** The largest uncompressed body among the responses whose path ends in `end`. */
export function findLargestBody(exchanges: Exchange[], end: string): number {
  return Math.max(...exchanges.filter(({ path }) => path.endsWith(end)).map(({ body }) => body));
}

export function sumTraffic(exchanges: Exchange[]): number {
  return exchanges.reduce((total, { sent, received }) => total + sent + received, 0);
}
