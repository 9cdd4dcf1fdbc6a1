"use client";
import { commonMessages } from "@/lib/commonMessages";
import { useText } from "@/lib/useLanguage";
import { RowsSkeleton } from "@/ui/RowsSkeleton";

/**
 * The wallet page while it loads, with every part in its final size, so that nothing shifts when
 * the data arrives.
 */
export function WalletSkeleton() {
  const text = useText(commonMessages);
  return (
    <div className="grid grid-cols-1 items-start gap-6 lg:grid-cols-[25rem_1fr]">
      <p role="status" className="sr-only">
        {text("loading")}
      </p>
      <div aria-hidden="true" className="cloth h-52 rounded-card p-(--gutter) pt-7 shadow-lift">
        <div className="skeleton h-5 w-20 bg-(--veil)" />
        <div className="skeleton mt-4 h-11 w-48 bg-(--veil)" />
        <div className="skeleton mt-4 h-13 w-full bg-(--veil)" />
      </div>
      <div aria-hidden="true">
        <div className="mb-2 flex h-12 items-center">
          <div className="skeleton h-7 w-48" />
        </div>
        <RowsSkeleton rows={4} />
      </div>
    </div>
  );
}
