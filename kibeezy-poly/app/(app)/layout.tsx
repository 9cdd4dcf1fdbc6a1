import { headers } from "next/headers";
import type { ReactNode } from "react";
import { SignedIn } from "@/components/SignedIn";
import { NONCE_HEADER } from "@/lib/csp";
import { EARLY_READS } from "@/lib/earlyReads";

/** Every page of a signed-in customer: the deposit under way stays at hand on all of them. */
export default function SignedInLayout({ children }: { children: ReactNode }) {
  return (
    <>
      <EarlyReads />
      <SignedIn>{children}</SignedIn>
    </>
  );
}

/** For a page that is loaded as such; code that is there already asks by itself. */
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
