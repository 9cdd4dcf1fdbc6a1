/** A placeholder for a card that is loading, about as tall as the card. */
export function CardSkeleton({ lines = 4 }: { lines?: number }) {
  return (
    <div aria-hidden="true" className="rounded-card bg-surface p-5 shadow-card sm:p-6">
      <div className="skeleton h-6 w-40" />
      <div className="mt-5 space-y-5">
        {Array.from({ length: lines }, (_, line) => (
          <div key={line} className="flex justify-between gap-4">
            <div className="skeleton h-6 w-28" />
            <div className="skeleton h-6 w-20" />
          </div>
        ))}
      </div>
    </div>
  );
}
