"use client";
import { useState } from "react";
import { commonMessages } from "@/lib/commonMessages";
import type { Line } from "@/lib/receipt";
import { useText } from "@/lib/useLanguage";
import { HelpBody } from "@/ui/HelpBody";

type Props = {
  /** Facts that support needs to know. */
  lines: readonly Line[];
  /** Whether the card is open at first, until the customer opens or closes it. */
  open?: boolean;
};

/**
 * Says how to reach support and what to tell them; shows only the ways of contact that are
 * configured.
 */
export function HelpCard({ lines, open = false }: Props) {
  const text = useText(commonMessages);
  const [chosen, choose] = useState<boolean | null>(null);
  const shown = chosen ?? open;
  return (
    <details
      open={shown}
      onToggle={(event) => {
        choose(event.currentTarget.open);
      }}
      className="rounded-control border border-line bg-surface print:hidden"
    >
      <summary className="flex min-h-touch cursor-pointer items-center px-4 py-2 font-semibold">
        {text("help")}
      </summary>
      {shown ? <HelpBody lines={lines} /> : null}
    </details>
  );
}
