/** The service worker's script. Browsers ask for it again at each visit, and it changes by release. */
import { buildWorker } from "@/lib/offlinePage";

export const dynamic = "force-static";

export function GET(): Response {
  return new Response(buildWorker(), {
    headers: { "Content-Type": "text/javascript; charset=utf-8", "Cache-Control": "no-cache" },
  });
}
