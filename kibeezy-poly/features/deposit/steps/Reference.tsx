"use client";
import { depositMessages } from "@/features/deposit/messages";
import { useText } from "@/lib/useLanguage";

type Props = { id: number; label?: "reference" | "caseNumber" };

/** Shows the deposit's id, by which support finds the deposit. */
export function Reference({ id, label = "reference" }: Props) {
  const text = useText(depositMessages);
  return (
    <p className="flex justify-between gap-3 rounded-control bg-raised px-4 py-3">
      <span>{text(label)}</span>
      <strong className="money" translate="no">
        {`#${String(id)}`}
      </strong>
    </p>
  );
}
