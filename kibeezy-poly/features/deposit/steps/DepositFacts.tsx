import { Icon, type IconName } from "@/ui/Icon";
import { Sentence } from "@/ui/Sentence";

export type Facts = {
  what: string;
  /** Our sentence whether money moved; null where `what`, from the server, already says it. */
  money: string | null;
  /** Our sentence what to do now; null where `what`, from the server, already says it. */
  now: string | null;
};

/**
 * The three sentences of every wait and failure: what happened, whether money moved, what to do
 * now.
 */
export function DepositFacts({ what, money, now }: Facts) {
  return (
    <div className="space-y-2.5">
      {/* Three lines are reserved, so that nothing shifts when the server's longer sentence
          replaces ours. */}
      <p className="min-h-[3lh] text-[1.0625rem]">
        <Sentence>{what}</Sentence>
      </p>
      {money === null ? null : <Fact icon="shield" text={money} />}
      {now === null ? null : <Fact icon="next" text={now} />}
    </div>
  );
}

function Fact({ icon, text }: { icon: IconName; text: string }) {
  return (
    <p className="flex gap-2.5 text-ink-soft">
      <Icon name={icon} className="mt-0.5 size-5" />
      <span>{text}</span>
    </p>
  );
}
