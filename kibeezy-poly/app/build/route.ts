/** Says which build of the page this server has, so that an open page notices a release. */
import { getBuild } from "@/lib/build";

export const dynamic = "force-dynamic";

export async function GET(): Promise<Response> {
  return new Response(await getBuild(), { headers: { "Cache-Control": "no-store" } });
}
