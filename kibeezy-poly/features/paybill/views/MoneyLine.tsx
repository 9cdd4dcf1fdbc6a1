import { Icon, type IconName } from "@/ui/Icon";

type Props = { tone?: "calm" | "wait"; icon?: IconName; title: string; children: string };

const TONES = { calm: "bg-raised", wait: "bg-wait-soft text-on-wait" };

/** What the customer must know about the money, in bold, and the reason below it. */
export function MoneyLine({ tone = "calm", icon = "shield", title, children }: Props) {
  return (
    <div className={`flex gap-3 rounded-control p-4 ${TONES[tone]}`}>
      <Icon name={icon} className="mt-0.5 size-5" />
      <p className="min-w-0 flex-1">
        <strong className="block">{title}</strong>
        <span>{children}</span>
      </p>
    </div>
  );
}
