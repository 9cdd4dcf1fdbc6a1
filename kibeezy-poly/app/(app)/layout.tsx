import { headers } from "next/headers";
import type { ReactNode } from "react";
import { SignedIn } from "@/components/SignedIn";
import { NONCE_HEADER } from "@/lib/csp";
import { EARLY_READS } from "@/lib/earlyReads";

/** Layout of all pages of a signed-in customer, with the deposit sheet. */
export default function SignedInLayout({ children }: { children: ReactNode }) {
  return (
    <>
      <EarlyReads />
      <SignedIn>{children}</SignedIn>
    </>
  );
}

/** Only for a full page load; on a client-side navigation the loaded code sends the requests. */
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
