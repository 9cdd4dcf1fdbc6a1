/** Gives every page its own nonce and Content-Security-Policy; `/api/` is not a page and passes by. */
import { type NextRequest, NextResponse } from "next/server";
import { buildCsp } from "@/lib/csp";
import { getFrameAncestors, getPublicApiOrigin, isDevelopment } from "@/lib/env";

export function proxy(request: NextRequest): NextResponse {
  const csp = buildCsp({
    nonce: crypto.randomUUID().replaceAll("-", ""),
    apiOrigin: getPublicApiOrigin(),
    frameAncestors: getFrameAncestors(),
    development: isDevelopment(),
  });
  const headers = new Headers(request.headers);
  // Next reads the nonce for its own scripts from the request's policy.
  headers.set("Content-Security-Policy", csp);
  const response = NextResponse.next({ request: { headers } });
  response.headers.set("Content-Security-Policy", csp);
  return response;
}

export const config = {
  matcher: [
    "/((?!api/|api$|_next/static|_next/image|icon.svg|[\\w-]+\\.png$|manifest.webmanifest).*)",
  ],
};
