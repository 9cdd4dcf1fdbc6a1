"use client";
import { TransactionList } from "@/components/TransactionList";
import { Alert } from "@/components/ui/Alert";
import { Button } from "@/components/ui/Button";
import { WalletBalance } from "@/components/WalletBalance";
import { WalletFrame } from "@/components/WalletFrame";
import { WalletSkeleton } from "@/components/WalletSkeleton";
import { useDepositSheet } from "@/hooks/useDepositSheet";
import { useFailureText } from "@/hooks/useFailureText";
import { useLanguage, useText } from "@/hooks/useLanguage";
import { useWallet } from "@/hooks/useWallet";
import type { ApiError } from "@/lib/errors";
import { commonMessages } from "@/lib/messages/common";
import { walletMessages } from "@/lib/messages/wallet";
import { formatTime } from "@/lib/time";

/** The wallet page: balance and recent deposits, as the layout has loaded them. */
export function WalletView() {
  const { data, error, loading, refresh, loadMore } = useWallet();
  const { failed, open, prepare } = useDepositSheet();

  return (
    <WalletFrame>
      {data === null && error !== null ? (
        <LoadFailure error={error} busy={loading} onRetry={refresh} />
      ) : null}
      {data === null && error === null ? <WalletSkeleton /> : null}
      {data === null ? null : (
        <>
          {error === null ? null : (
            <StaleNotice loadedAt={data.loadedAt} busy={loading} onRetry={refresh} />
          )}
          <div className="grid grid-cols-1 items-start gap-6 lg:grid-cols-[22rem_1fr]">
            <WalletBalance
              balance={data.balance}
              phone={data.me.phone_number}
              kycStatus={data.me.kyc_status}
              depositFailedToLoad={failed}
              onIntent={prepare}
              onDeposit={() => {
                open();
              }}
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

function LoadFailure({ error, busy, onRetry }: RetryProps & { error: ApiError }) {
  const text = useText(commonMessages);
  const { title, body } = useFailureText()(error);
  return (
    <div className="mx-auto max-w-md py-8">
      <Alert tone="bad" title={title} assertive icon={error.status === 0 ? "offline" : "alert"}>
        <p className="mt-1">{body}</p>
      </Alert>
      <Button onClick={onRetry} busy={busy} className="mt-4 w-full">
        {text(busy ? "loading" : "tryAgain")}
      </Button>
    </div>
  );
}

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
