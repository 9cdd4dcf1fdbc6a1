import Link from "next/link";
import type { ReactNode } from "react";

type Props = {
  href: string;
  /** Closes the sheet, which would otherwise stay open over the other page. */
  onLeave: () => void;
  /** True for the look of the view's main button. */
  main?: boolean;
  children: ReactNode;
};

const MAIN =
  "flex min-h-14 w-full justify-center bg-brand px-5 text-lg text-on-brand hover:bg-brand-strong";
const QUIET = "inline-flex min-h-touch px-2 text-brand underline underline-offset-4";

/** A link from the sheet to another page. The page is not prefetched. */
export function SheetLink({ href, onLeave, main = false, children }: Props) {
  return (
    <Link
      href={href}
      prefetch={false}
      onClick={onLeave}
      className={`items-center rounded-control font-semibold ${main ? MAIN : QUIET}`}
    >
      {children}
    </Link>
  );
}
