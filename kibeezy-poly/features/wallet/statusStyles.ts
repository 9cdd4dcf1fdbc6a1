import type { Transaction } from "@/lib/api";
import type { IconName } from "@/ui/Icon";

type Style = { icon: IconName; badge: string; amount: string };

/** What a status word says; more than the status, which stays COMPLETED after a reversal. */
type Shown = Transaction["status"] | "REVIEW" | "REVERSED";

/** Icon and colours of what is shown; they always stand beside the status word. */
const STYLES: Record<Shown, Style> = {
  COMPLETED: { icon: "received", badge: "bg-brand-soft text-on-brand-soft", amount: "" },
  PENDING: { icon: "clock", badge: "bg-wait-soft text-on-wait", amount: "text-ink-soft" },
  REVIEW: { icon: "clock", badge: "bg-wait-soft text-on-wait", amount: "text-ink-soft" },
  FAILED: { icon: "cross", badge: "bg-raised text-ink-soft", amount: "text-ink-soft" },
  REVERSED: {
    icon: "arrowOut",
    badge: "bg-raised text-ink-soft",
    amount: "text-ink-soft",
  },
};

/**
 * What to show of a deposit. A PENDING one without `next_poll_after` is under review by operators.
 */
function nameShown({ status, next_poll_after, is_reversed }: Transaction): Shown {
  if (is_reversed) return "REVERSED";
  return status === "PENDING" && next_poll_after === null ? "REVIEW" : status;
}

export function getStatusStyle(transaction: Transaction): Style {
  return STYLES[nameShown(transaction)];
}

/** The key of the status word in the wallet's catalogue. */
export function nameStatus(transaction: Transaction) {
  return `status${nameShown(transaction)}` as const;
}

/** True if the deposit's money is in the wallet. */
export function isReceived(transaction: Transaction): boolean {
  return nameShown(transaction) === "COMPLETED";
}
