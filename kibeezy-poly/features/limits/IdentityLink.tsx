"use client";
import { limitsMessages } from "@/features/limits/messages";
import { useText } from "@/lib/useLanguage";
import { PageLink } from "@/ui/PageLink";

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
