import { Icon, type IconName } from "@/ui/Icon";
import { Sentence } from "@/ui/Sentence";

export type Facts = {
  what: string;
  /** Whether money moved; null where the server's sentence says it. */
  money: string | null;
  /** What to do now; null where the server's sentence says it. */
  now: string | null;
};

/** What every wait and every failure tells: what happened, whether money moved, what to do now. */
export function DepositFacts({ what, money, now }: Facts) {
  return (
    <div className="space-y-2.5">
      {/* High enough for the server's sentence, which replaces ours a moment later. */}
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
