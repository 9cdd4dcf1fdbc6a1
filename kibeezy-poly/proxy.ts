/**
 * Gives every page its own nonce and Content-Security-Policy. Addresses that cannot be read get
 * the page "not found", and 400 under `/api/`.
 */
import { type NextRequest, NextResponse } from "next/server";
import { ADDRESS_HEADER, buildCsp, NONCE_HEADER } from "@/lib/csp";
import { getFrameAncestors, getPublicApiOrigin, isDevelopment } from "@/lib/env";
import { answerUnreadable } from "@/lib/forward";

/** No page has this path, so Next shows "not found" there. */
const MISSING = "/unreadable";

export function proxy(request: NextRequest): Response {
  const { pathname, search } = new URL(request.url);
  const readable = isReadable(pathname);
  if (pathname.startsWith("/api/")) {
    return readable ? NextResponse.next() : answerUnreadable(request);
  }
  const nonce = crypto.randomUUID().replaceAll("-", "");
  const csp = buildCsp({
    nonce,
    apiOrigin: getPublicApiOrigin(),
    frameAncestors: getFrameAncestors(),
    development: isDevelopment(),
  });
  const headers = new Headers(request.headers);
  // Next reads the nonce for its own scripts from this header of the request.
  headers.set("Content-Security-Policy", csp);
  headers.set(NONCE_HEADER, nonce);
  headers.set(ADDRESS_HEADER, `${pathname}${search}`);
  const passed = { request: { headers } };
  const response = readable
    ? NextResponse.next(passed)
    : NextResponse.rewrite(new URL(MISSING, request.url), passed);
  response.headers.set("Content-Security-Policy", csp);
  return response;
}

/** Next decodes each part of a path, and answers 500 where it cannot: `/deposits/%ff`. */
function isReadable(pathname: string): boolean {
  try {
    decodeURIComponent(pathname);
    return true;
  } catch {
    return false;
  }
}

/**
 * Every path but those that never answer with a page: the API's, the built code, and our files by
 * their whole names. A path that is only like one of them gets the page "not found", and its policy.
 */
export const config = {
  matcher: [
    "/((?!api/|api$|build$|_next/static/|(?:icon\\.svg|apple-touch-icon\\.png|icon-192\\.png|icon-512\\.png|icon-maskable-512\\.png|manifest\\.webmanifest|worker\\.js)$).*)",
    // Next buffers what passes through here, so of the API only what may be unreadable does.
    "/(api/.*%.*)",
  ],
};
