import type { ReactNode } from "react";
import { keepFigures } from "@/lib/text";

/** A label and its value; null while it loads, when its place is kept. */
export type Fact = readonly [label: string, value: ReactNode];

type Props = { facts: readonly Fact[]; className?: string };

/** Labels with their values, one pair per line; a long value wraps below its label. */
export function FactList({ facts, className = "" }: Props) {
  return (
    <dl className={`divide-y divide-line ${className}`}>
      {facts.map(([label, value]) => (
        <div
          key={label}
          className="flex min-h-11 flex-wrap items-center justify-between gap-x-3 py-2"
        >
          <dt className="text-ink-soft">{label}</dt>
          <dd
            className="money ml-auto min-w-0 text-right font-medium"
            translate={keepFigures(value)}
          >
            {value ?? <span className="skeleton block h-4 w-24 bg-line" />}
          </dd>
        </div>
      ))}
    </dl>
  );
}
