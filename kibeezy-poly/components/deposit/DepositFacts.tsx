import { Icon, type IconName } from "@/components/ui/Icon";

type Props = {
  /** What happened. */
  what: string;
  /** Whether money moved. */
  money: string;
  /** What to do now. */
  now: string;
};

/** The three things that every wait and every failure says. */
export function DepositFacts({ what, money, now }: Props) {
  return (
    <div className="space-y-2.5">
      <p className="text-[1.0625rem]">{what}</p>
      <Fact icon="shield" text={money} />
      <Fact icon="next" text={now} />
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
