"use client";
import type { ReactNode } from "react";
import { Icon } from "@/ui/Icon";
import { PageLink } from "@/ui/PageLink";

type Props = {
  title: string;
  lead?: string;
  /** The link to the parent page. */
  back?: { href: string; label: string };
  children: ReactNode;
};

/** The frame of a signed-in customer's page: link to the parent page, title, content. */
export function PageFrame({ title, lead, back, children }: Props) {
  return (
    <main
      id="content"
      tabIndex={-1}
      className="mx-auto w-full max-w-2xl px-(--gutter) pt-2 pb-(--foot-height) outline-none"
    >
      {back === undefined ? null : (
        <PageLink
          href={back.href}
          className="-ml-2 inline-flex min-h-touch items-center gap-1 rounded-control px-2 font-medium text-ink-soft hover:text-ink print:hidden"
        >
          <Icon name="back" />
          <span>{back.label}</span>
        </PageLink>
      )}
      <h1 className="text-title font-bold">{title}</h1>
      {lead === undefined ? null : <p className="mt-1 text-ink-soft">{lead}</p>}
      <div className="mt-5 space-y-5">{children}</div>
    </main>
  );
}
