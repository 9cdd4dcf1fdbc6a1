import type { Transaction } from "@/lib/api";
import type { IconName } from "@/ui/Icon";

type Style = { icon: IconName; badge: string; amount: string };

/** Icon and colours of each deposit status; they are always shown beside the status word. */
export const STATUS_STYLES: Record<Transaction["status"], Style> = {
  COMPLETED: { icon: "check", badge: "bg-brand-soft text-on-brand-soft", amount: "text-ink" },
  PENDING: { icon: "clock", badge: "bg-wait-soft text-on-wait", amount: "text-ink-soft" },
  FAILED: { icon: "cross", badge: "bg-raised text-ink-soft", amount: "text-ink-soft line-through" },
};

/**
 * The key of the status word in the wallet's catalogue. A PENDING deposit without `next_poll_after`
 * is under review by operators.
 */
export function nameStatus({ status, next_poll_after }: Transaction) {
  const isUnderReview = status === "PENDING" && next_poll_after === null;
  return isUnderReview ? "statusREVIEW" : (`status${status}` as const);
}
