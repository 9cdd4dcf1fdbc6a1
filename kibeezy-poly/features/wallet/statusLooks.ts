import type { Transaction } from "@/lib/api";
import type { IconName } from "@/ui/Icon";

type Look = { icon: IconName; badge: string; amount: string };

/** How each state of a deposit looks; its word stands beside it always. */
export const STATUS_LOOKS: Record<Transaction["status"], Look> = {
  COMPLETED: { icon: "check", badge: "bg-brand-soft text-on-brand-soft", amount: "text-ink" },
  PENDING: { icon: "clock", badge: "bg-wait-soft text-on-wait", amount: "text-ink-soft" },
  FAILED: { icon: "cross", badge: "bg-raised text-ink-soft", amount: "text-ink-soft line-through" },
};

/** The word for how it stands, in the wallet's catalogue: without a next question it is with people. */
export function nameStatus({ status, next_poll_after }: Transaction) {
  const isWithPeople = status === "PENDING" && next_poll_after === null;
  return isWithPeople ? "statusREVIEW" : (`status${status}` as const);
}
