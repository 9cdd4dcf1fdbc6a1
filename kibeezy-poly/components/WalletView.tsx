"use client";
import { useRouter } from "next/navigation";
import { useCallback, useState } from "react";
import { DepositDock } from "@/components/DepositDock";
import { TransactionList } from "@/components/TransactionList";
import { Alert } from "@/components/ui/Alert";
import { Button } from "@/components/ui/Button";
import { WalletFrame } from "@/components/WalletFrame";
import { WalletSkeleton } from "@/components/WalletSkeleton";
import { useFailureText } from "@/hooks/useFailureText";
import { useLanguage, useText } from "@/hooks/useLanguage";
import { useReturn } from "@/hooks/useReturn";
import { useWallet } from "@/hooks/useWallet";
import type { Transaction } from "@/lib/api";
import type { ApiError } from "@/lib/errors";
import { commonMessages } from "@/lib/messages/common";
import { walletMessages } from "@/lib/messages/wallet";
import { formatTime } from "@/lib/time";

/** The wallet page: loads it once, shows it, and keeps it true when the customer comes back. */
export function WalletView() {
  const router = useRouter();
  const [chosen, setChosen] = useState<Transaction | null>(null);
  const goToLogin = useCallback(
    (wasSignedIn: boolean) => {
      router.replace(wasSignedIn ? "/login?next=/wallet&ended=1" : "/login?next=/wallet");
    },
    [router],
  );
  const { data, error, loading, refresh, loadMore } = useWallet(goToLogin);
  const refreshNow = useCallback(() => void refresh(), [refresh]);
  useReturn(() => {
    // A page that has just been loaded, or is loading, gains nothing from a second look.
    if (!loading && (data === null || Date.now() - data.loadedAt > 3000)) refreshNow();
  });

  return (
    <WalletFrame>
      {data === null && error !== null ? (
        <LoadFailure error={error} busy={loading} onRetry={refreshNow} />
      ) : null}
      {data === null && error === null ? <WalletSkeleton /> : null}
      {data === null ? null : (
        <>
          {error === null ? null : (
            <StaleNotice loadedAt={data.loadedAt} busy={loading} onRetry={refreshNow} />
          )}
          <div className="grid grid-cols-1 items-start gap-6 lg:grid-cols-[22rem_1fr]">
            <DepositDock
              wallet={data}
              chosen={chosen}
              onClosed={() => {
                setChosen(null);
              }}
              onChanged={refreshNow}
              onSignedOut={() => {
                goToLogin(true);
              }}
            />
            <TransactionList
              transactions={data.transactions}
              next={data.next}
              onOpen={setChosen}
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
