"use client";
import { useDepositFacts } from "@/features/history/useDepositFacts";
import type { Transaction } from "@/lib/api";
import { HelpCard } from "@/ui/HelpCard";

/** The help card with the deposit's reference, time, amount and status. */
export function DepositHelp({ deposit }: { deposit: Transaction }) {
  return <HelpCard lines={useDepositFacts(deposit)} />;
}
