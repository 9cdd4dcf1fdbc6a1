"use client";
import { useDepositFacts } from "@/features/history/useDepositFacts";
import type { Transaction } from "@/lib/api";
import { HelpCard } from "@/ui/HelpCard";

/** The question to support, already written: reference, time, amount, state. */
export function DepositHelp({ deposit }: { deposit: Transaction }) {
  return <HelpCard lines={useDepositFacts(deposit)} />;
}
