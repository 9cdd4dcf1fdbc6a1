/** Gives every page its own nonce and Content-Security-Policy; not applied to `/api/`. */
import { type NextRequest, NextResponse } from "next/server";
import { buildCsp, NONCE_HEADER } from "@/lib/csp";
import { getFrameAncestors, getPublicApiOrigin, isDevelopment } from "@/lib/env";

export function proxy(request: NextRequest): NextResponse {
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
  const response = NextResponse.next({ request: { headers } });
  response.headers.set("Content-Security-Policy", csp);
  return response;
}

/**
 * Every path but those that never answer with a page: the API's, the built code, and our files by
 * their whole names. A path that is only like one of them gets the page "not found", and its policy.
 */
export const config = {
  matcher: [
    "/((?!api/|api$|build$|_next/static/|(?:icon\\.svg|apple-touch-icon\\.png|icon-192\\.png|icon-512\\.png|icon-maskable-512\\.png|manifest\\.webmanifest)$).*)",
  ],
};
