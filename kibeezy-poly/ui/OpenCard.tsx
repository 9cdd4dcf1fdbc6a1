"use client";
import { type ReactNode, useEffect, useId, useRef, useState } from "react";
import { Icon, type IconName } from "@/ui/Icon";

type Props = {
  icon: IconName;
  title: string;
  lead: string;
  /** True if something in it needs attention: it is open until the customer closes it. */
  open: boolean;
  /** What is in it; a function is called once it has been opened. */
  children: ReactNode | (() => ReactNode);
};

/** A section of a page as a row that opens: what is rarely needed takes little space. */
export function OpenCard({ icon, title, lead, open, children }: Props) {
  const id = useId();
  const [chosen, choose] = useState<boolean | null>(null);
  // Once open, it stays open when `open` becomes false: what the customer does in it may end the
  // reason, and it must not close while they use it.
  const [wasOpen, setWasOpen] = useState(open);
  if (open && !wasOpen) setWasOpen(true);
  const shown = chosen ?? wasOpen;
  const isNeeded = chosen !== null || wasOpen;
  const details = useRef<HTMLDetailsElement>(null);
  useEffect(() => {
    // The customer may have opened it before the page's code was there to be told.
    if (details.current?.open === true) choose(true);
  }, []);
  return (
    <section aria-labelledby={id} className="rounded-card bg-surface shadow-card">
      <details
        ref={details}
        open={shown}
        onToggle={({ currentTarget }) => {
          if (currentTarget.open !== shown) choose(currentTarget.open);
        }}
        className="group"
      >
        <summary className="flex min-h-16 cursor-pointer items-center gap-3 px-5">
          <Icon name={icon} className="size-6 text-brand" />
          <h2 id={id} className="grow font-medium">
            {title}
          </h2>
          <Icon name="next" className="size-5 text-ink-soft group-open:rotate-90" />
        </summary>
        <div className="space-y-4 px-5 pb-5">
          <p className="text-ink-soft">{lead}</p>
          {typeof children === "function" ? isNeeded && children() : children}
        </div>
      </details>
    </section>
  );
}
