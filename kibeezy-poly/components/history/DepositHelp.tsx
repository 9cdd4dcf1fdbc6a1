"use client";
import { HelpCard } from "@/components/HelpCard";
import { useDepositFacts } from "@/components/history/useDepositFacts";
import type { Transaction } from "@/lib/api";

/** The question to support, already written: reference, time, amount, state. */
export function DepositHelp({ deposit }: { deposit: Transaction }) {
  return <HelpCard lines={useDepositFacts(deposit)} />;
}
