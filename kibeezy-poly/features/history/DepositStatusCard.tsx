"use client";
import { useDepositSheet } from "@/features/deposit";
import { depositPageMessages } from "@/features/deposit/pageMessages";
import { historyMessages } from "@/features/history/messages";
import type { FollowedDeposit } from "@/features/history/useFollowedDeposit";
import { walletMessages } from "@/features/wallet/messages";
import { getStatusStyle, nameStatus } from "@/features/wallet/statusStyles";
import type { Transaction } from "@/lib/api";
import { formatKes } from "@/lib/money";
import { useText } from "@/lib/useLanguage";
import { Alert } from "@/ui/Alert";
import { Button } from "@/ui/Button";
import { Icon } from "@/ui/Icon";
import { Sentence } from "@/ui/Sentence";

type Props = { deposit: Transaction } & Omit<FollowedDeposit, "resource">;

/** The status of a deposit as icon, word and the server's sentence. */
export function DepositStatusCard({ deposit, ...following }: Props) {
  const wallet = useText(walletMessages);
  const { icon, badge, amount } = getStatusStyle(deposit);
  const word = wallet(nameStatus(deposit));
  return (
    <section
      aria-label={word}
      data-status={deposit.status}
      className="rounded-card bg-surface p-5 shadow-card sm:p-6"
    >
      <div className="flex flex-wrap items-center gap-4">
        <span className={`grid size-14 shrink-0 place-items-center rounded-full ${badge}`}>
          <Icon name={icon} className="size-7" />
        </span>
        <div className="min-w-0">
          <p className={`figure ${amount}`} translate="no">
            {formatKes(deposit.amount)}
          </p>
          <p role="status" className="font-semibold">
            {word}
          </p>
        </div>
      </div>
      {deposit.customer_message === "" ? null : (
        <p className="mt-4 text-base">
          <Sentence>{deposit.customer_message}</Sentence>
        </p>
      )}
      {deposit.status === "PENDING" ? <Following deposit={deposit} {...following} /> : null}
      {deposit.status === "FAILED" ? <TryAgain deposit={deposit} /> : null}
    </section>
  );
}

/** Opens the sheet on this failure, with all that can be done about it. */
function TryAgain({ deposit }: { deposit: Transaction }) {
  const text = useText(historyMessages);
  const { open, prepare } = useDepositSheet();
  return (
    <Button
      onClick={() => {
        open(deposit);
      }}
      onTouchStart={prepare}
      aria-haspopup="dialog"
      className="mt-4 w-full print:hidden"
    >
      {text("tryAgain")}
    </Button>
  );
}

function Following({ deposit, offline, stoppedPolling, checkNow }: Props) {
  const text = useText(historyMessages);
  const sheet = useText(depositPageMessages);
  if (deposit.next_poll_after === null)
    return (
      <div className="mt-4">
        <Alert tone="wait">{text("review")}</Alert>
      </div>
    );
  return (
    <div className="mt-4 space-y-4">
      <Alert
        tone="wait"
        icon={offline ? "offline" : "clock"}
        {...(stoppedPolling ? { title: sheet("doNotPayAgain") } : {})}
      >
        {stoppedPolling
          ? sheet("stoppedPollingNow")
          : text(offline ? "followingOffline" : "following")}
      </Alert>
      <Button kind="secondary" onClick={checkNow} className="w-full print:hidden">
        {text("checkNow")}
      </Button>
    </div>
  );
}
