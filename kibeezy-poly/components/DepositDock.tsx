"use client";
/** The balance card with its Deposit button, and the deposit screen once it is wanted. */
import { useEffect, useEffectEvent, useState } from "react";
import { WalletBalance } from "@/components/WalletBalance";
import { useDepositModal } from "@/hooks/useDepositModal";
import type { WalletData } from "@/hooks/useWallet";
import type { Transaction } from "@/lib/api";
import { readRecord, watchRecord } from "@/lib/depositRecord";

type Props = {
  wallet: WalletData;
  /** A deposit that the customer tapped in the list. */
  chosen: Transaction | null;
  onClosed: () => void;
  onChanged: () => void;
  onSignedOut: () => void;
};

const RECENT_MS = 15 * 60_000;

export function DepositDock({ wallet, chosen, onClosed, onChanged, onSignedOut }: Props) {
  const { me, transactions } = wallet;
  const { Modal, failed, prepare, show } = useDepositModal();
  const [record] = useState(() => readRecord(me.id));
  const [open, setOpen] = useState(record !== null && !record.minimised);
  const [resumable] = useState(() => (record === null ? findOpenDeposit(transactions) : null));
  useWatchedRecord(me.id, show, onChanged);

  const wanted = record !== null || resumable !== null || chosen !== null;
  useEffect(() => {
    if (wanted) show();
  }, [wanted, show]);
  useEffect(() => {
    // Idle time is free: a tap on Deposit then opens at once, even if the network is gone by then.
    const timer = setTimeout(prepare, 2000);
    return () => {
      clearTimeout(timer);
    };
  }, [prepare]);

  return (
    <>
      <WalletBalance
        balance={wallet.balance}
        phone={me.phone_number}
        kycStatus={me.kyc_status}
        depositFailedToLoad={failed}
        onIntent={prepare}
        onDeposit={() => {
          setOpen(true);
          show();
        }}
      />
      {Modal === null ? null : (
        <Modal
          open={open || chosen !== null}
          onOpenChange={(next) => {
            setOpen(next);
            if (!next) onClosed();
          }}
          userId={me.id}
          phone={me.phone_number}
          newestId={transactions.reduce((newest, { id }) => Math.max(newest, id), 0)}
          chosen={chosen}
          resumable={resumable}
          onChanged={onChanged}
          onSignedOut={onSignedOut}
        />
      )}
    </>
  );
}

/** A deposit begun lately, perhaps on another device, whose end is still open. */
function findOpenDeposit(transactions: Transaction[]): Transaction | null {
  const since = Date.now() - RECENT_MS;
  return (
    transactions.find(
      ({ status, created_at }) => status === "PENDING" && Date.parse(created_at) > since,
    ) ?? null
  );
}

function useWatchedRecord(userId: number, show: () => void, onChanged: () => void): void {
  const follow = useEffectEvent(() => {
    show();
    onChanged();
  });
  useEffect(
    () =>
      watchRecord(userId, () => {
        follow();
      }),
    [userId],
  );
}
