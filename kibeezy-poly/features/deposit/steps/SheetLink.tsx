import Link from "next/link";
import type { ReactNode } from "react";
import { releaseSheetEntry } from "@/lib/sheetEntry";

type Props = {
  href: string;
  /** Closes the sheet, which would otherwise stay open over the other page. */
  onLeave: () => void;
  /** True for the look of the view's main button. */
  main?: boolean;
  children: ReactNode;
};

const MAIN = "flex min-h-13 justify-center bg-brand px-5 text-on-brand hover:bg-brand-strong";
const QUIET = "inline-flex min-h-touch px-2 text-brand underline underline-offset-4";

/** A link from the sheet to another page. The page is not prefetched. */
export function SheetLink({ href, onLeave, main = false, children }: Props) {
  return (
    <Link
      href={href}
      prefetch={false}
      // The sheet's own entry in the history becomes the other page.
      replace
      onClick={() => {
        releaseSheetEntry();
        onLeave();
      }}
      className={`items-center rounded-control font-semibold ${main ? MAIN : QUIET}`}
    >
      {children}
    </Link>
  );
}
