"use client";
import { type Line, toPlainText } from "@/lib/receipt";
import { keepFigures } from "@/lib/text";
import { useEnvironment } from "@/lib/useEnvironment";
import { useText } from "@/lib/useLanguage";
import { helpMessages } from "@/ui/helpMessages";
import { getSupport } from "@/ui/support";
import { LaterActions } from "@/ui/LaterActions";

const LINK =
  "inline-flex min-h-touch items-center justify-center rounded-control border border-line-strong px-5 font-semibold hover:bg-raised";

/** What support needs to know, and the ways to reach them. */
export function HelpBody({ lines }: { lines: readonly Line[] }) {
  const text = useText(helpMessages);
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
      <LaterActions text={plain} copyLabel={text("helpCopy")}>
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
      </LaterActions>
    </div>
  );
}
