"use client";
/** The remaining allowance as a sentence; the sheet and the limits page show the same. */
import type { RemainingAllowance } from "@/features/limits/allowance";
import { allowanceMessages } from "@/features/limits/allowanceMessages";
import { formatKes } from "@/lib/money";
import { useText } from "@/lib/useLanguage";

export function useAllowanceText(): (remaining: RemainingAllowance) => string {
  const text = useText(allowanceMessages);
  return ({ bound, limit, left }) =>
    text(`remaining_${bound}`, { left: formatKes(left), limit: formatKes(limit) });
}
