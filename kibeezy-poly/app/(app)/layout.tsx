import { headers } from "next/headers";
import type { ReactNode } from "react";
import { SignedIn } from "@/components/SignedIn";
import { NONCE_HEADER } from "@/lib/csp";
import { EARLY_READS } from "@/lib/earlyReads";

/**
 * The layout of all pages of a signed-in customer: starts the early reads, and provides wallet and
 * deposit sheet.
 */
export default function SignedInLayout({ children }: { children: ReactNode }) {
  return (
    <>
      <EarlyReads />
      <SignedIn>{children}</SignedIn>
    </>
  );
}

/**
 * The inline script of the early reads, on a full page load only: after a client-side navigation
 * the page's code is already loaded and sends the requests itself.
 */
async function EarlyReads() {
  const asked = await headers();
  if (asked.get("Sec-Fetch-Dest") === "empty") return null;
  return (
    <script
      nonce={asked.get(NONCE_HEADER) ?? ""}
      suppressHydrationWarning
      dangerouslySetInnerHTML={{ __html: EARLY_READS }}
    />
  );
}
