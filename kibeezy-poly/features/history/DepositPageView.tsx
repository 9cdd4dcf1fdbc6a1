"use client";
import { type ComponentType, lazy, Suspense } from "react";
import { DepositReceipt } from "@/features/deposit/DepositReceipt";
import { DepositStatusCard } from "@/features/history/DepositStatusCard";
import { DepositTimeline } from "@/features/history/DepositTimeline";
import { historyMessages } from "@/features/history/messages";
import { useDepositFacts } from "@/features/history/useDepositFacts";
import {
  type DepositWithTimeline,
  useFollowedDeposit,
} from "@/features/history/useFollowedDeposit";
import { isReceived } from "@/features/wallet/statusStyles";
import type { StartDeposit } from "@/lib/start";
import { useText } from "@/lib/useLanguage";
import { useWallet } from "@/lib/useWallet";
import { Card } from "@/ui/Card";
import { CardSkeleton } from "@/ui/CardSkeleton";
import { EmptyState } from "@/ui/EmptyState";
import { FactList } from "@/ui/FactList";
import { Loaded } from "@/ui/Loaded";
import { PageFrame } from "@/ui/PageFrame";

// Few need it, and it is at the foot: the server draws it, and its code comes after the rest.
const DepositHelp = lazy<ComponentType<{ deposit: DepositWithTimeline["deposit"] }>>(() =>
  import("@/features/history/DepositHelp").then(
    (loaded) => ({ default: loaded.DepositHelp }),
    () => ({ default: () => null }),
  ),
);

const loadPicture = () => import("@/lib/receiptPicture");

type Props = {
  id: number | null;
  /** The deposit as the page's server has read it; null if the browser has to ask. */
  first?: StartDeposit | null;
};

/**
 * The page of one deposit: status, details, timeline, receipt and help. `id` is null when the
 * address holds no valid id.
 */
export function DepositPageView({ id, first = null }: Props) {
  const text = useText(historyMessages);
  return (
    <PageFrame
      title={id === null ? text("depositTitlePlain") : text("depositTitle", { id })}
      back={{ href: "/deposits", label: text("back") }}
    >
      {id === null ? <Missing /> : <Followed id={id} first={first} />}
    </PageFrame>
  );
}

function Followed({ id, first }: { id: number; first: StartDeposit | null }) {
  // When this deposit changes, the wallet is refreshed, so that balance and recent deposits on
  // other pages are up to date.
  const { data, refresh } = useWallet();
  // Between two reads of the server another customer may have signed in with the same browser.
  const isOurs = data === null || data.me.id === first?.account;
  const { resource, ...following } = useFollowedDeposit(id, refresh, isOurs ? first : null);
  if (resource.data === null && resource.error?.code === "not_found") return <Missing />;
  return (
    <Loaded resource={resource} skeleton={<Skeleton />}>
      {(loaded) => (
        <>
          <DepositStatusCard deposit={loaded.deposit} {...following} />
          <Details loaded={loaded} />
          <DepositTimeline events={loaded.events} />
          <Suspense>
            <DepositHelp deposit={loaded.deposit} />
          </Suspense>
          {loaded.deposit.next_poll_after === null ? null : <AskAgain />}
        </>
      )}
    </Loaded>
  );
}

/** Without scripts the page loads itself again while the outcome is open. */
function AskAgain() {
  return (
    <noscript dangerouslySetInnerHTML={{ __html: '<meta http-equiv="refresh" content="5">' }} />
  );
}

function Details({ loaded: { deposit } }: { loaded: DepositWithTimeline }) {
  const text = useText(historyMessages);
  const facts = useDepositFacts(deposit);
  // What M-Pesa took back has no receipt: it would say that the money was received.
  return isReceived(deposit) ? (
    <Card title={text("receipt")}>
      <DepositReceipt id={deposit.id} transaction={deposit} loadPicture={loadPicture} printable />
    </Card>
  ) : (
    <Card title={text("facts")}>
      <FactList facts={facts} />
    </Card>
  );
}

function Missing() {
  const text = useText(historyMessages);
  return <EmptyState icon="list" title={text("missingTitle")} body={text("missingBody")} />;
}

function Skeleton() {
  return (
    <>
      <CardSkeleton lines={2} />
      <CardSkeleton lines={6} />
    </>
  );
}
