/**
 * Forwards `/api/` from the page's own server to the API; in production a reverse proxy usually
 * does this instead.
 */
import type { NextRequest } from "next/server";
import { getApiOrigin } from "@/lib/env";
import { forward } from "@/lib/forward";

export const dynamic = "force-dynamic";

function handle(request: NextRequest): Promise<Response> {
  return forward(request, getApiOrigin());
}

export {
  handle as DELETE,
  handle as GET,
  handle as HEAD,
  handle as OPTIONS,
  handle as PATCH,
  handle as POST,
  handle as PUT,
};
