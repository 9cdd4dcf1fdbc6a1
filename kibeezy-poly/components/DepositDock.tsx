"use client";
/**
 * Shows the deposit sheet and its pill on every page of a signed-in customer, once the sheet is
 * opened or a deposit is under way.
 */
import { useEffect, useEffectEvent, useState } from "react";
import { readStoredDeposit, watchStoredDeposit } from "@/features/deposit/persist";
import { useDepositSheet } from "@/features/deposit/useDepositSheet";
import type { Transaction } from "@/lib/api";
import { takeLinkedAmount } from "@/lib/depositLink";
import { takeIntent } from "@/lib/newBuild";
import { serverNow } from "@/lib/time";
import { useWallet, type WalletData } from "@/lib/useWallet";

type Props = { onSignedOut: (wasSignedIn: boolean) => void };

const RECENT_MS = 15 * 60_000;

export function DepositDock({ onSignedOut }: Props) {
  const { data } = useWallet();
  return data === null ? null : <Dock wallet={data} onSignedOut={onSignedOut} />;
}

function Dock({ wallet, onSignedOut }: Props & { wallet: WalletData }) {
  const { me, transactions } = wallet;
  const { put, refresh } = useWallet();
  const sheet = useDepositSheet();
  const { Modal, isOpen, chosen, byHand, prepare, show, setOpen, open, openReview } = sheet;
  const [stored] = useState(() => readStoredDeposit(me.id));
  const [resumable] = useState(() => (stored === null ? findOpenDeposit(transactions) : null));
  useWatchedDeposit(me.id, show);

  // One of an hour ago, or of last week, shows its pill: it must not cover another page.
  const isFresh = stored !== null && serverNow() - Date.parse(stored.startedAt) < RECENT_MS;
  const [reopen] = useState(isFresh && !stored.minimised);
  const wanted = stored !== null || resumable !== null;
  useEffect(() => {
    if (reopen) setOpen(true);
    if (wanted) show();
  }, [reopen, wanted, show, setOpen]);
  const openAfresh = useEffectEvent(() => {
    const intent = takeIntent();
    const amount = takeLinkedAmount();
    if (intent !== null) open(transactions.find(({ id }) => id === intent.chosenId));
    else if (amount !== null) openReview(amount);
  });
  useEffect(() => {
    // The customer tapped Deposit just before the page was loaded afresh for a new build, or
    // followed a link with an amount.
    openAfresh();
  }, []);
  useEffect(() => {
    // The sheet's code is loaded in idle time, so that a tap on Deposit opens the sheet at once,
    // even if the network is lost before the tap.
    const timer = setTimeout(prepare, 2000);
    return () => {
      clearTimeout(timer);
    };
  }, [prepare]);

  return Modal === null ? null : (
    <Modal
      open={isOpen}
      onOpenChange={setOpen}
      byHand={byHand}
      wanted={sheet.wanted}
      onWanted={sheet.onWanted}
      userId={me.id}
      phone={me.phone_number}
      transactions={transactions}
      chosen={chosen}
      resumable={resumable}
      onChanged={put}
      onUnread={refresh}
      onSignedOut={() => {
        onSignedOut(true);
      }}
    />
  );
}

/**
 * A recent deposit without an outcome, perhaps started on another device; null if there is none.
 */
function findOpenDeposit(transactions: Transaction[]): Transaction | null {
  const since = serverNow() - RECENT_MS;
  return (
    transactions.find(
      ({ status, created_at }) => status === "PENDING" && Date.parse(created_at) > since,
    ) ?? null
  );
}

/** Shows the sheet or its pill here when another tab sends a deposit. */
function useWatchedDeposit(userId: number, show: () => void): void {
  useEffect(
    () =>
      watchStoredDeposit(userId, () => {
        if (readStoredDeposit(userId)?.sent === true) show();
      }),
    [userId, show],
  );
}
