"use client";
/** Keeps the deposit at hand on every page inside: its pill and sheet, once one is wanted or under way. */
import { useEffect, useState } from "react";
import { readRecord, watchRecord } from "@/features/deposit/depositRecord";
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
  const [record] = useState(() => readRecord(me.id));
  const [resumable] = useState(() => (record === null ? findOpenDeposit(transactions) : null));
  useWatchedRecord(me.id, show);

  const reopen = record !== null && !record.minimised;
  const wanted = record !== null || resumable !== null;
  useEffect(() => {
    if (reopen) setOpen(true);
    if (wanted) show();
  }, [reopen, wanted, show, setOpen]);
  useEffect(() => {
    // Idle time is free: a tap on Deposit then opens at once, even if the network is gone by then.
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

/** A deposit begun lately, perhaps on another device, whose end is still open. */
function findOpenDeposit(transactions: Transaction[]): Transaction | null {
  const since = serverNow() - RECENT_MS;
  return (
    transactions.find(
      ({ status, created_at }) => status === "PENDING" && Date.parse(created_at) > since,
    ) ?? null
  );
}

/** A deposit that another tab sends is shown here too. */
function useWatchedRecord(userId: number, show: () => void): void {
  useEffect(
    () =>
      watchRecord(userId, () => {
        if (readRecord(userId)?.sent === true) show();
      }),
    [userId, show],
  );
}
