"use client";
import { accountMessages } from "@/features/account/messages";
import { useText } from "@/lib/useLanguage";
import { Later } from "@/ui/Later";
import { OpenCard } from "@/ui/OpenCard";

const load = () => import("@/features/account/Sessions");

/** Lists where the account is open, and ends everything but this session. */
export function SessionsCard() {
  const text = useText(accountMessages);
  return (
    <OpenCard icon="account" title={text("sessions")} lead={text("sessionsLead")} open={false}>
      {() => <Later load={load}>{({ Sessions }) => <Sessions />}</Later>}
    </OpenCard>
  );
}
