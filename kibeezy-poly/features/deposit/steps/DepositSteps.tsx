"use client";
import { depositMessages } from "@/features/deposit/messages";
import { useText } from "@/lib/useLanguage";
import { Icon } from "@/ui/Icon";

const STEPS = ["stepSent", "stepPin", "stepDone"] as const;

/**
 * The three steps of a deposit: request, PIN, wallet. Hidden from screen readers, because the text
 * says the same.
 */
export function DepositSteps({ current }: { current: number }) {
  const text = useText(depositMessages);
  return (
    <div aria-hidden="true" className="grid grid-cols-3 gap-2">
      {STEPS.map((name, index) => (
        <div key={name}>
          <div
            className={`h-1.5 rounded-full ${index <= current ? "bg-brand" : "bg-line"} ${index === current ? "pulse-ring" : ""}`}
          />
          <div
            className={`mt-1.5 flex items-center gap-1 text-sm ${index <= current ? "font-semibold text-ink" : "text-ink-soft"}`}
          >
            {index < current ? <Icon name="check" className="size-4 text-brand" /> : null}
            <span>{text(name)}</span>
          </div>
        </div>
      ))}
    </div>
  );
}
