"use client";
import { privacyMessages } from "@/features/privacy/messages";
import { useText } from "@/lib/useLanguage";
import { Later } from "@/ui/Later";
import { OpenCard } from "@/ui/OpenCard";

const load = () => import("@/features/privacy/DataForm");

/** Downloads everything that is held about the customer, for the password. */
export function DataCard() {
  const text = useText(privacyMessages);
  return (
    <OpenCard icon="arrowIn" title={text("dataTitle")} lead={text("dataLead")} open={false}>
      {() => <Later load={load}>{({ DataForm }) => <DataForm />}</Later>}
    </OpenCard>
  );
}
