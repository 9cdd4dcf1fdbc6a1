import Link from "next/link";
import type { ReactNode } from "react";

const LOOK = "inline-block py-3 font-semibold text-brand underline underline-offset-4";

/** A link between the pages before the log-in. */
export function AuthLink({ href, children }: { href: string; children: ReactNode }) {
  return (
    <Link href={href} className={LOOK}>
      {children}
    </Link>
  );
}
