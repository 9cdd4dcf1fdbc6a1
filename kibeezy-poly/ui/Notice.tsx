import type { ReactNode } from "react";

type Props = { title: string; body?: string; children: ReactNode };

/** A whole page with one message and one link or button. */
export function Notice({ title, body, children }: Props) {
  return (
    <main id="content" className="mx-auto max-w-md px-4 py-12 text-center">
      <h1 className="text-title font-bold">{title}</h1>
      {body === undefined ? null : <p className="mt-3 text-ink-soft">{body}</p>}
      <div className="mt-6">{children}</div>
    </main>
  );
}
