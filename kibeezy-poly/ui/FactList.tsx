import type { ReactNode } from "react";
import { keepFigures } from "@/lib/text";

export type Fact = readonly [label: string, value: ReactNode];

/** Labels with their values, one pair per line; a long value wraps below its label. */
export function FactList({ facts }: { facts: readonly Fact[] }) {
  return (
    <dl className="divide-y divide-line">
      {facts.map(([label, value]) => (
        <div
          key={label}
          className="flex min-h-11 flex-wrap items-center justify-between gap-x-4 py-2"
        >
          <dt className="text-ink-soft">{label}</dt>
          <dd className="font-semibold" translate={keepFigures(value)}>
            {value}
          </dd>
        </div>
      ))}
    </dl>
  );
}
