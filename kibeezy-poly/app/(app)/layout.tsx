import { cookies, headers } from "next/headers";
import { redirect } from "next/navigation";
import type { ReactNode } from "react";
import { SignedIn } from "@/components/SignedIn";
import { ADDRESS_HEADER, NONCE_HEADER } from "@/lib/csp";
import { EARLY_READS } from "@/lib/earlyReads";
import { getPublicApiOrigin } from "@/lib/env";
import { LANGUAGE_COOKIE, parseLanguage } from "@/lib/language";
import { toLoginPath } from "@/lib/nextPath";
import { readStart } from "@/lib/readStart";
import type { Awaited, Start } from "@/lib/start";

/**
 * How long the page's first bytes wait for the API. It usually answers within a few milliseconds:
 * then they contain the balance, which is shown even without scripts. A slower answer is streamed
 * into the page that is shown meanwhile.
 */
const WAIT_MS = 300;

/**
 * The layout of all pages of a signed-in customer: reads what the first paint shows, and provides
 * wallet and deposit sheet.
 */
export default async function SignedInLayout({ children }: { children: ReactNode }) {
  const asked = await headers();
  const isLoad = asked.get("Sec-Fetch-Dest") !== "empty";
  const { start } = isLoad ? await beginStart(asked) : { start: null };
  return (
    <>
      {isLoad && start === null ? <EarlyReads nonce={asked.get(NONCE_HEADER) ?? ""} /> : null}
      {start !== null && "then" in start ? (
        <ShownWithoutScript nonce={asked.get(NONCE_HEADER) ?? ""} />
      ) : null}
      <SignedIn start={start}>{children}</SignedIn>
    </>
  );
}

/**
 * The start of a full page load. After a navigation within the page its code is there already, and
 * asks itself: a link's prefetched answer may be shown later, when its balance is old.
 *
 * The start is wrapped, because a promise that is returned bare would be awaited.
 */
async function beginStart(asked: Headers): Promise<{ start: Awaited }> {
  // The session's cookie belongs to the API's origin, which is another one here.
  if (getPublicApiOrigin() !== "") return { start: null };
  const language = parseLanguage((await cookies()).get(LANGUAGE_COOKIE)?.value);
  const reading = readStart(asked, language);
  const first = await Promise.race([reading, waitFor(WAIT_MS)]);
  if (first === "signed out") redirect(toLoginPath(asked.get(ADDRESS_HEADER) ?? "/wallet", false));
  // Once the first bytes are sent it is the page itself that leads to log in.
  return { start: first === "late" ? reading.then(orNull) : first };
}

function orNull(start: Start | "signed out" | null): Start | null {
  return start === "signed out" ? null : start;
}

function waitFor(ms: number): Promise<"late"> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms, "late");
  });
}

/** Where the server has read nothing, an inline script asks before the page's code has come. */
function EarlyReads({ nonce }: { nonce: string }) {
  return (
    <script
      nonce={nonce}
      suppressHydrationWarning
      dangerouslySetInnerHTML={{ __html: EARLY_READS }}
    />
  );
}

// In the layer of Tailwind's own rule for [hidden], which is important: such a rule of a layer wins
// over all without one.
const SHOWN_WITHOUT_SCRIPT =
  "@layer base{[hidden][id^='S:']{display:block!important}}#content:has(.skeleton){display:none}";

/** What is streamed waits hidden until a script moves it: without scripts it is shown where it is. */
function ShownWithoutScript({ nonce }: { nonce: string }) {
  return (
    <noscript>
      <style
        nonce={nonce}
        suppressHydrationWarning
        dangerouslySetInnerHTML={{
          __html: SHOWN_WITHOUT_SCRIPT,
        }}
      />
    </noscript>
  );
}
