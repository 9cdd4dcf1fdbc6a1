"use client";
import { useDepositFacts } from "@/components/history/useDepositFacts";
import { TextActions } from "@/components/TextActions";
import { Icon } from "@/components/ui/Icon";
import { useEnvironment } from "@/hooks/useEnvironment";
import { useText } from "@/hooks/useLanguage";
import type { Transaction } from "@/lib/api";
import { historyMessages } from "@/lib/messages/history";
import { toPlainText } from "@/lib/receipt";

/** The question to support, already written: reference, time, amount, state. */
export function DepositHelp({ deposit }: { deposit: Transaction }) {
  const text = useText(historyMessages);
  const facts = useDepositFacts(deposit);
  const environment = useEnvironment();
  const question = `${text("helpIntro")}\n${toPlainText(facts, environment)}`;
  return (
    <details className="rounded-card bg-surface px-5 shadow-card sm:px-6 print:hidden">
      <summary className="flex min-h-14 cursor-pointer items-center gap-2 font-semibold">
        <Icon name="help" />
        {text("help")}
      </summary>
      <div className="space-y-4 pb-5">
        <p className="text-ink-soft">{text("helpBody")}</p>
        <pre className="rounded-control bg-raised p-4 font-sans text-[0.95rem] whitespace-pre-wrap">
          {question}
        </pre>
        <TextActions text={question} copyLabel={text("helpCopy")} />
      </div>
    </details>
  );
}
