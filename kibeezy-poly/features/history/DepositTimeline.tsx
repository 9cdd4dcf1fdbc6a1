"use client";
import type { TimelineEvent, TimelineKind } from "@/features/history/api";
import { historyMessages } from "@/features/history/messages";
import { formatDateTime } from "@/lib/time";
import { useLanguage, useText } from "@/lib/useLanguage";
import { Card } from "@/ui/Card";
import { Icon, type IconName } from "@/ui/Icon";
import { Sentence } from "@/ui/Sentence";

const NEUTRAL = "bg-raised text-ink-soft";
const WAIT = "bg-wait-soft text-on-wait";
const GOOD = "bg-brand-soft text-on-brand-soft";

const STYLES: Record<TimelineKind, { icon: IconName; colours: string }> = {
  created: { icon: "list", colours: NEUTRAL },
  paid_by_hand: { icon: "arrowIn", colours: GOOD },
  prompt_sent: { icon: "phone", colours: NEUTRAL },
  push_unclear: { icon: "clock", colours: WAIT },
  push_refused: { icon: "cross", colours: NEUTRAL },
  callback: { icon: "arrowIn", colours: NEUTRAL },
  asked: { icon: "clock", colours: NEUTRAL },
  under_review: { icon: "account", colours: WAIT },
  resolved: { icon: "account", colours: NEUTRAL },
  completed: { icon: "check", colours: GOOD },
  failed: { icon: "cross", colours: NEUTRAL },
  receipt_added: { icon: "list", colours: GOOD },
  reversed: { icon: "arrowOut", colours: WAIT },
};

/** What happened to a deposit, oldest first, in the server's sentences. */
export function DepositTimeline({ events }: { events: readonly TimelineEvent[] }) {
  const text = useText(historyMessages);
  if (events.length === 0) return null;
  return (
    <Card title={text("timeline")} className="print:hidden">
      <ol>
        {events.map((event, index) => (
          <Step key={`${event.at}-${event.kind}-${String(index)}`} event={event} />
        ))}
      </ol>
    </Card>
  );
}

function Step({ event: { at, kind, message } }: { event: TimelineEvent }) {
  const { language } = useLanguage();
  // A kind of event that this release does not know is shown with the server's sentence and
  // the clock icon.
  const styles: Partial<typeof STYLES> = STYLES;
  const { icon, colours } = styles[kind] ?? STYLES.asked;
  return (
    <li className="relative flex gap-3 pb-5 before:absolute before:top-9 before:bottom-0 before:left-4.5 before:w-px before:bg-line last:pb-0 last:before:hidden">
      <span className={`grid size-9 shrink-0 place-items-center rounded-full ${colours}`}>
        <Icon name={icon} />
      </span>
      <div className="min-w-0 pt-1">
        <p>
          <Sentence>{message}</Sentence>
        </p>
        <p className="text-sm text-ink-soft">
          <time dateTime={at}>{formatDateTime(at, language)}</time>
        </p>
      </div>
    </li>
  );
}
