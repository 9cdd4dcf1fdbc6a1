"use client";
import { DepositReceipt } from "@/features/deposit/DepositReceipt";
import { DepositHelp } from "@/features/history/DepositHelp";
import { DepositStand } from "@/features/history/DepositStand";
import { DepositTimeline } from "@/features/history/DepositTimeline";
import { historyMessages } from "@/features/history/messages";
import { useDepositFacts } from "@/features/history/useDepositFacts";
import { type DepositStory, useDepositStory } from "@/features/history/useDepositStory";
import { useText } from "@/lib/useLanguage";
import { useWallet } from "@/lib/useWallet";
import { Card } from "@/ui/Card";
import { CardSkeleton } from "@/ui/CardSkeleton";
import { EmptyState } from "@/ui/EmptyState";
import { FactList } from "@/ui/FactList";
import { Loaded } from "@/ui/Loaded";
import { PageFrame } from "@/ui/PageFrame";

/** One deposit: how it stands, its details, its story, its receipt, and help. Null for an address that names none. */
export function DepositPageView({ id }: { id: number | null }) {
  const text = useText(historyMessages);
  return (
    <PageFrame
      title={id === null ? text("depositTitlePlain") : text("depositTitle", { id })}
      back={{ href: "/deposits", label: text("back") }}
    >
      {id === null ? <Missing /> : <Followed id={id} />}
    </PageFrame>
  );
}

function Followed({ id }: { id: number }) {
  // Balance and recent deposits, wherever they show, follow what is seen here.
  const { refresh } = useWallet();
  const { resource, ...following } = useDepositStory(id, refresh);
  if (resource.data === null && resource.error?.status === 404) return <Missing />;
  return (
    <Loaded resource={resource} skeleton={<Skeleton />}>
      {(story) => (
        <>
          <DepositStand deposit={story.deposit} {...following} />
          <Details story={story} />
          <DepositTimeline events={story.events} />
          <DepositHelp deposit={story.deposit} />
        </>
      )}
    </Loaded>
  );
}

function Details({ story: { deposit } }: { story: DepositStory }) {
  const text = useText(historyMessages);
  const facts = useDepositFacts(deposit);
  return deposit.status === "COMPLETED" ? (
    <Card title={text("receipt")}>
      <DepositReceipt id={deposit.id} transaction={deposit} printable />
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
