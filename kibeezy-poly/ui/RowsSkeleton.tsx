/** Placeholders for the rows of a list that is loading, in the rows' final size. */
export function RowsSkeleton({ rows = 6 }: { rows?: number }) {
  return (
    <div aria-hidden="true" className="rounded-card bg-surface px-4 shadow-card sm:px-5">
      {Array.from({ length: rows }, (_, row) => (
        <div key={row} className="flex h-19 items-center gap-3">
          <div className="skeleton size-10 shrink-0 rounded-full" />
          <div className="min-w-0 flex-1 space-y-2">
            <div className="skeleton h-4 w-28" />
            <div className="skeleton h-3.5 w-24" />
          </div>
          <div className="skeleton h-4 w-20" />
        </div>
      ))}
    </div>
  );
}
