"use client";
import { useState } from "react";
import { TransactionRow } from "@/components/TransactionRow";
import { Button } from "@/components/ui/Button";
import { Icon } from "@/components/ui/Icon";
import { useText } from "@/hooks/useLanguage";
import type { Transaction } from "@/lib/api";
import { toApiError } from "@/lib/errors";
import { commonMessages } from "@/lib/messages/common";
import { walletMessages } from "@/lib/messages/wallet";

type Props = {
  transactions: Transaction[];
  next: string | null;
  onOpen: (transaction: Transaction) => void;
  onMore: (next: string) => Promise<void>;
};

export function TransactionList({ transactions, next, onOpen, onMore }: Props) {
  const text = useText(walletMessages);
  // What is still under way stays on top, however old.
  const pinned = transactions.filter(({ status }) => status === "PENDING");
  const settled = transactions.filter(({ status }) => status !== "PENDING");
  return (
    <section aria-labelledby="recent-title">
      <h2 id="recent-title" className="mb-3 text-xl font-bold">
        {text("recent")}
      </h2>
      <div className="rounded-card bg-surface px-4 shadow-card sm:px-5">
        {transactions.length === 0 ? <EmptyList /> : null}
        <ul className="divide-y divide-line">
          {[...pinned, ...settled].map((transaction) => (
            <TransactionRow key={transaction.id} transaction={transaction} onOpen={onOpen} />
          ))}
        </ul>
      </div>
      {next === null ? null : <MoreButton next={next} onMore={onMore} />}
    </section>
  );
}

function EmptyList() {
  const text = useText(walletMessages);
  return (
    <div className="flex flex-col items-center py-12 text-center">
      <span className="grid size-14 place-items-center rounded-full bg-brand-soft text-on-brand-soft">
        <Icon name="arrowIn" className="size-7" />
      </span>
      <p className="mt-4 font-semibold">{text("emptyTitle")}</p>
      <p className="mt-1 max-w-xs text-ink-soft">{text("emptyBody")}</p>
    </div>
  );
}

function MoreButton({ next, onMore }: { next: string; onMore: Props["onMore"] }) {
  const text = useText(walletMessages);
  const common = useText(commonMessages);
  const [state, setState] = useState<"idle" | "busy" | "failed">("idle");

  async function more() {
    setState("busy");
    try {
      await onMore(next);
      setState("idle");
    } catch (thrown) {
      toApiError(thrown);
      setState("failed");
    }
  }

  return (
    <div className="mt-3 text-center">
      {state === "failed" ? (
        <p role="alert" className="mb-2 text-bad">
          {text("moreFailed")}
        </p>
      ) : null}
      <Button kind="quiet" busy={state === "busy"} onClick={() => void more()}>
        {state === "busy" ? common("loading") : text("more")}
      </Button>
    </div>
  );
}
