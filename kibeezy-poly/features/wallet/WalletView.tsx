"use client";
import { useDepositSheet } from "@/features/deposit";
import { walletMessages } from "@/features/wallet/messages";
import { TransactionList } from "@/features/wallet/TransactionList";
import { WalletBalance } from "@/features/wallet/WalletBalance";
import { WalletFrame } from "@/features/wallet/WalletFrame";
import { WalletSkeleton } from "@/features/wallet/WalletSkeleton";
import { formatTime } from "@/lib/time";
import { useLanguage, useText } from "@/lib/useLanguage";
import { useOnline } from "@/lib/useOnline";
import { useWallet } from "@/lib/useWallet";
import { Alert } from "@/ui/Alert";
import { Button } from "@/ui/Button";
import { LoadFailure } from "@/ui/LoadFailure";

/** The wallet page: balance and recent deposits. The layout loads their data. */
export function WalletView({ isHidden = false }: { isHidden?: boolean }) {
  const { data, error, loading, refresh, loadMore } = useWallet();
  const online = useOnline();
  const { failed, open, openPaybill, openReview, prepare } = useDepositSheet();

  return (
    <WalletFrame>
      {data === null && error !== null ? (
        <LoadFailure error={error} busy={loading} onRetry={refresh} />
      ) : null}
      {data === null && error === null ? <WalletSkeleton /> : null}
      {data === null ? null : (
        <>
          {error === null && online ? null : (
            <StaleNotice loadedAt={data.loadedAt} busy={loading} onRetry={refresh} />
          )}
          <div className="grid grid-cols-1 items-start gap-6 lg:grid-cols-[25rem_1fr]">
            <WalletBalance
              balance={data.balance}
              isHidden={isHidden}
              transactions={data.transactions}
              loadedAt={data.loadedAt}
              depositFailedToLoad={failed}
              onIntent={prepare}
              onDeposit={() => {
                open();
              }}
              onRepeat={openReview}
              onOtherWays={openPaybill}
            />
            <TransactionList
              transactions={data.transactions}
              next={data.next}
              onOpen={open}
              onMore={loadMore}
            />
          </div>
        </>
      )}
    </WalletFrame>
  );
}

type RetryProps = { busy: boolean; onRetry: () => void };

function StaleNotice({ loadedAt, busy, onRetry }: RetryProps & { loadedAt: number }) {
  const text = useText(walletMessages);
  const { language } = useLanguage();
  return (
    <div className="mb-4">
      <Alert tone="wait" icon="offline">
        <div className="flex flex-wrap items-center justify-between gap-2">
          <p>{text("stale", { time: formatTime(loadedAt, language) })}</p>
          <Button kind="secondary" busy={busy} onClick={onRetry}>
            {text("refresh")}
          </Button>
        </div>
      </Alert>
    </div>
  );
}
