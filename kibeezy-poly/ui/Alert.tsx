import type { ReactNode } from "react";
import { Icon, type IconName } from "@/ui/Icon";

type Tone = "bad" | "wait" | "good";

const TONES: Record<Tone, { colours: string; icon: IconName }> = {
  bad: { colours: "bg-bad-soft text-on-bad", icon: "alert" },
  wait: { colours: "bg-wait-soft text-on-wait", icon: "clock" },
  good: { colours: "bg-brand-soft text-on-brand-soft", icon: "check" },
};

type Props = {
  tone: Tone;
  title?: string;
  children: ReactNode;
  icon?: IconName;
  assertive?: boolean;
};

/** A message in a box. A screen reader announces it at once if `assertive`. */
export function Alert({ tone, title, children, icon, assertive = false }: Props) {
  const { colours, icon: usual } = TONES[tone];
  return (
    <div
      role={assertive ? "alert" : undefined}
      className={`flex gap-3 rounded-control p-3.5 text-sm ${colours}`}
    >
      <Icon name={icon ?? usual} className="mt-0.5 size-5" />
      <div className="min-w-0 flex-1">
        {title === undefined ? null : <p className="font-semibold">{title}</p>}
        <div>{children}</div>
      </div>
    </div>
  );
}
