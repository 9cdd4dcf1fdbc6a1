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
    <div className="grid grid-cols-1 items-start gap-6 lg:grid-cols-[22rem_1fr]">
      <p role="status" className="sr-only">
        {text("loading")}
      </p>
      <div aria-hidden="true" className="h-60 rounded-card bg-surface p-6 shadow-card">
        <div className="skeleton h-5 w-20" />
        <div className="skeleton mt-3 h-11 w-48" />
        <div className="skeleton mt-7 h-14 w-full" />
        <div className="skeleton mx-auto mt-4 h-5 w-40" />
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
