/** Counts what travels, both ways, headers included, as far as the browser tells. */
import type { CDPSession } from "@playwright/test";

export type Exchange = { path: string; sent: number; received: number; body: number };

/** The code of a screen has a budget of its own, and is fetched once in a long while. */
const isCode = (url: string) => url.includes("/_next/static/");

export function countTraffic(devtools: CDPSession): Exchange[] {
  const exchanges: Exchange[] = [];
  const open = new Map<string, Exchange>();
  devtools.on("Network.requestWillBeSent", ({ requestId, request }) => {
    if (isCode(request.url)) return;
    const { pathname, search } = new URL(request.url);
    const exchange = {
      path: `${request.method} ${pathname}${search}`,
      sent: 0,
      received: 0,
      body: 0,
    };
    exchange.sent = `${exchange.path} HTTP/1.1\r\n\r\n`.length + (request.postData?.length ?? 0);
    open.set(requestId, exchange);
    exchanges.push(exchange);
  });
  devtools.on("Network.requestWillBeSentExtraInfo", ({ requestId, headers }) => {
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    const exchange = open.get(requestId);
    if (exchange) exchange.sent += lines.join("").length;
  });
  devtools.on("Network.dataReceived", ({ requestId, dataLength }) => {
    const exchange = open.get(requestId);
    if (exchange) exchange.body += dataLength;
  });
  devtools.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
    const exchange = open.get(requestId);
    if (exchange) exchange.received += encodedDataLength;
  });
  return exchanges;
}

/** The largest body among the answers of a path, unpacked: what the contract limits. */
export function findLargestBody(exchanges: Exchange[], end: string): number {
  return Math.max(...exchanges.filter(({ path }) => path.endsWith(end)).map(({ body }) => body));
}

export function sumTraffic(exchanges: Exchange[]): number {
  return exchanges.reduce((total, { sent, received }) => total + sent + received, 0);
}
