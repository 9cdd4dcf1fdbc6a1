"use client";
import { useState } from "react";
import { commonMessages } from "@/lib/commonMessages";
import { type Line, toPlainText } from "@/lib/receipt";
import { keepFigures } from "@/lib/text";
import { useEnvironment } from "@/lib/useEnvironment";
import { useText } from "@/lib/useLanguage";
import { getSupport } from "@/ui/support";
import { TextActions } from "@/ui/TextActions";

type Props = {
  /** Facts that support needs to know. */
  lines: readonly Line[];
  /** Whether the card is open at first, until the customer opens or closes it. */
  open?: boolean;
};

const LINK =
  "inline-flex min-h-touch items-center justify-center rounded-control border border-line-strong px-5 font-semibold hover:bg-raised";

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

function HelpBody({ lines }: { lines: readonly Line[] }) {
  const text = useText(commonMessages);
  const environment = useEnvironment();
  const { email, phone } = getSupport();
  const plain = toPlainText(lines, environment);
  const mail = new URLSearchParams({ subject: plain.split("\n")[1] ?? "", body: plain });
  return (
    <div className="space-y-3 px-4 pb-4">
      <p className="text-sm text-ink-soft">{text("helpLead")}</p>
      <dl className="text-sm">
        {lines.map(([label, value]) => (
          <div key={label} className="flex flex-wrap justify-between gap-x-3 py-1">
            <dt className="text-ink-soft">{label}</dt>
            <dd translate={keepFigures(value)}>{value}</dd>
          </div>
        ))}
      </dl>
      <TextActions text={plain} copyLabel={text("helpCopy")}>
        {email === "" ? null : (
          <a href={`mailto:${email}?${mail.toString().replaceAll("+", "%20")}`} className={LINK}>
            {text("helpMail")}
          </a>
        )}
        {phone === "" ? null : (
          <a href={`tel:${phone}`} className={LINK}>
            {text("helpCall")}
          </a>
        )}
      </TextActions>
    </div>
  );
}
