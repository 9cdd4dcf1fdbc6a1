import { type ReactNode, useId } from "react";

type Props = { title: string; lead?: string; children: ReactNode; className?: string };

/** A section of a page with a heading. */
export function Card({ title, lead, children, className = "" }: Props) {
  const id = useId();
  return (
    <section
      aria-labelledby={id}
      className={`rounded-card bg-surface p-5 shadow-card ${className}`}
    >
      <h2 id={id} className="text-lg font-bold">
        {title}
      </h2>
      {lead === undefined ? null : <p className="mt-1 text-ink-soft">{lead}</p>}
      <div className="mt-4 space-y-4">{children}</div>
    </section>
  );
}
