/**
 * The service worker, and the page that it shows where a navigation meets no network. It keeps no
 * answers: a balance from a cache would be old money, or another customer's.
 */
import { fill } from "@/lib/text";
import type { Language } from "@/lib/language";
import { offlineMessages } from "@/lib/offlineMessages";

const STYLE = `
:root{color-scheme:light dark}
body{margin:0;font:1rem/1.5 system-ui,Roboto,sans-serif;background:#f3f5f0;color:#0e1b14}
main{max-width:28rem;margin:auto;padding:1.25rem}
header{border-radius:1.5rem;background:#07563c;color:#fff;padding:1.25rem;margin-bottom:1.25rem}
h1{margin:0;font-size:1.625rem;line-height:1.2}
p{margin:.75rem 0 0}
section+section{margin-top:1.5rem;padding-top:1rem;border-top:1px solid #738178}
strong{display:block}
a{display:block;margin-top:1.5rem;border-radius:1rem;background:#0a6847;color:#fff;padding:.875rem;font-weight:600;text-align:center;text-decoration:none}
a:focus-visible{outline:3px solid #1857c4;outline-offset:2px}
@media(prefers-color-scheme:dark){body{background:#0a100d;color:#eef4f0}a{background:#5dd6a0;color:#04231a}}
`;

const LANGUAGES = ["en", "sw"] as const satisfies Language[];

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}

/** The page in both languages: nobody can say here which one the customer has chosen. */
export function buildOfflinePage(): string {
  const say = (name: keyof typeof offlineMessages, language: Language) =>
    escape(fill(offlineMessages[name], language));
  const told = LANGUAGES.map(
    (language) =>
      `<section lang="${language}"><strong>${say("title", language)}</strong>` +
      `<p>${say("body", language)}</p><p>${say("money", language)}</p></section>`,
  );
  // An empty address loads the page that was asked for again, without a script.
  return (
    `<!doctype html><html lang="en"><meta charset="utf-8">` +
    `<meta name="viewport" content="width=device-width,initial-scale=1">` +
    `<title>Kibeezy</title><style>${STYLE}</style>` +
    `<main><header><h1>Kibeezy</h1></header>${told.join("")}` +
    `<a href="">${say("again", "en")} · <span lang="sw">${say("again", "sw")}</span></a></main>`
  );
}

/** The worker's script. It answers nothing but navigations, and those only without a network. */
export function buildWorker(): string {
  const headers = {
    "Content-Type": "text/html; charset=utf-8",
    "Cache-Control": "no-store",
    "Content-Security-Policy":
      "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'",
  };
  return `"use strict";
const PAGE = ${JSON.stringify(buildOfflinePage())};
const HEADERS = ${JSON.stringify(headers)};
self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => {
  // The navigation is sent while the worker starts, so that it costs no time.
  const preload = self.registration.navigationPreload;
  event.waitUntil(Promise.all([self.clients.claim(), preload && preload.enable()]));
});
self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.mode !== "navigate" || request.method !== "GET") return;
  const answer = async () => {
    try {
      return (await event.preloadResponse) || (await fetch(request));
    } catch {
      return new Response(PAGE, { status: 503, headers: HEADERS });
    }
  };
  event.respondWith(answer());
});
`;
}
