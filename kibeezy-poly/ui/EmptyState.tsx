import type { ReactNode } from "react";
import { Icon, type IconName } from "@/ui/Icon";

type Props = { icon: IconName; title: string; body: string; children?: ReactNode };

/** Shown for an empty list: says that it is empty, and what it would contain. */
export function EmptyState({ icon, title, body, children }: Props) {
  return (
    <div className="flex flex-col items-center rounded-card bg-surface px-4 py-12 text-center shadow-card">
      <span className="grid size-14 place-items-center rounded-full bg-brand-soft text-on-brand-soft">
        <Icon name={icon} className="size-7" />
      </span>
      <p className="mt-4 font-semibold">{title}</p>
      <p className="mt-1 max-w-xs text-ink-soft">{body}</p>
      {children}
    </div>
  );
}
