"use client";
import { PageLink } from "@/components/PageLink";
import { useText } from "@/hooks/useLanguage";
import { limitsMessages } from "@/lib/messages/limits";

/** The way to more than the limits allow now. */
export function IdentityLink() {
  const text = useText(limitsMessages);
  return (
    <PageLink
      href="/identity"
      className="inline-block py-2 font-semibold underline underline-offset-4"
    >
      {text("toIdentity")}
    </PageLink>
  );
}
