"use client";
import { DepositHelp } from "@/components/history/DepositHelp";
import { DepositStand } from "@/components/history/DepositStand";
import { DepositTimeline } from "@/components/history/DepositTimeline";
import { useDepositFacts } from "@/components/history/useDepositFacts";
import { CardSkeleton } from "@/components/CardSkeleton";
import { EmptyState } from "@/components/EmptyState";
import { Loaded } from "@/components/Loaded";
import { PageFrame } from "@/components/PageFrame";
import { TextActions } from "@/components/TextActions";
import { Card } from "@/components/ui/Card";
import { FactList } from "@/components/ui/FactList";
import { type DepositStory, useDepositStory } from "@/hooks/useDepositStory";
import { useEnvironment } from "@/hooks/useEnvironment";
import { useText } from "@/hooks/useLanguage";
import { useWallet } from "@/hooks/useWallet";
import { historyMessages } from "@/lib/messages/history";
import { toPlainText } from "@/lib/receipt";

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
  const { resource, offline, checkNow } = useDepositStory(id, refresh);
  if (resource.data === null && resource.error?.status === 404) return <Missing />;
  return (
    <Loaded resource={resource} skeleton={<Skeleton />}>
      {(story) => (
        <>
          <DepositStand deposit={story.deposit} offline={offline} onCheck={checkNow} />
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
  const environment = useEnvironment();
  const facts = useDepositFacts(deposit);
  const isReceipt = deposit.status === "COMPLETED";
  return (
    <Card title={text(isReceipt ? "receipt" : "facts")}>
      <FactList facts={facts} />
      {isReceipt ? (
        <TextActions
          text={toPlainText(facts, environment)}
          copyLabel={text("copyReceipt")}
          printable
        />
      ) : null}
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
