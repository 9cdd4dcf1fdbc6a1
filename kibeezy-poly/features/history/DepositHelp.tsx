"use client";
import { useDepositFacts } from "@/features/history/useDepositFacts";
import type { Transaction } from "@/lib/api";
import { HelpCard } from "@/ui/HelpCard";

/** The help card, filled in with reference, time, amount and status. */
export function DepositHelp({ deposit }: { deposit: Transaction }) {
  return <HelpCard lines={useDepositFacts(deposit)} />;
}
