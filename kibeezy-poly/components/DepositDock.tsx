"use client";
/** Shows pill and sheet of the deposit on every page of a signed-in customer, once it is opened or under way. */
import { useEffect, useState } from "react";
import { readStoredDeposit, watchStoredDeposit } from "@/features/deposit/persist";
import { useDepositSheet } from "@/features/deposit/useDepositSheet";
import type { Transaction } from "@/lib/api";
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
  const { put } = useWallet();
  const { Modal, isOpen, chosen, prepare, show, setOpen } = useDepositSheet();
  const [stored] = useState(() => readStoredDeposit(me.id));
  const [resumable] = useState(() => (stored === null ? findOpenDeposit(transactions) : null));
  useWatchedDeposit(me.id, show);

  const reopen = stored !== null && !stored.minimised;
  const wanted = stored !== null || resumable !== null;
  useEffect(() => {
    if (reopen) setOpen(true);
    if (wanted) show();
  }, [reopen, wanted, show, setOpen]);
  useEffect(() => {
    // Loaded in idle time, so that a tap on Deposit opens at once, even when the network is gone by then.
    const timer = setTimeout(prepare, 2000);
    return () => {
      clearTimeout(timer);
    };
  }, [prepare]);

  return Modal === null ? null : (
    <Modal
      open={isOpen}
      onOpenChange={setOpen}
      userId={me.id}
      phone={me.phone_number}
      transactions={transactions}
      chosen={chosen}
      resumable={resumable}
      onChanged={put}
      onSignedOut={() => {
        onSignedOut(true);
      }}
    />
  );
}

/** A recent deposit, perhaps of another device, whose outcome is still open. */
function findOpenDeposit(transactions: Transaction[]): Transaction | null {
  const since = serverNow() - RECENT_MS;
  return (
    transactions.find(
      ({ status, created_at }) => status === "PENDING" && Date.parse(created_at) > since,
    ) ?? null
  );
}

/** Shows the deposit that another tab has sent. */
function useWatchedDeposit(userId: number, show: () => void): void {
  useEffect(
    () =>
      watchStoredDeposit(userId, () => {
        if (readStoredDeposit(userId)?.sent === true) show();
      }),
    [userId, show],
  );
}
