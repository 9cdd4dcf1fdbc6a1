"use client";
import { Icon, type IconName } from "@/ui/Icon";
import { PageLink } from "@/ui/PageLink";

type Props = { href: string; icon: IconName; label: string; value?: string };

/** A row of a card that leads to another page. */
export function LinkRow({ href, icon, label, value }: Props) {
  return (
    <li>
      <PageLink href={href} className="row">
        <Icon name={icon} className="size-6 text-brand" />
        <span className="flex min-w-0 grow flex-wrap justify-between gap-x-3">
          <span className="font-medium">{label}</span>
          {value === undefined ? null : <span className="text-ink-soft">{value}</span>}
        </span>
        <Icon name="next" className="size-5 text-ink-soft" />
      </PageLink>
    </li>
  );
}
