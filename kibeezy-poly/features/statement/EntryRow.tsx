"use client";
import type { Entry } from "@/features/statement/api";
import { statementMessages } from "@/features/statement/messages";
import { formatBalance } from "@/lib/money";
import { formatFullTime } from "@/lib/time";
import { useLanguage, useText } from "@/lib/useLanguage";
import { Icon } from "@/ui/Icon";
import { PageLink } from "@/ui/PageLink";

/** One posting of the statement: money in or out, with a link to its deposit if there is one. */
export function EntryRow({ entry }: { entry: Entry }) {
  const text = useText(statementMessages);
  const { language } = useLanguage();
  const isOut = entry.amount.startsWith("-");
  return (
    <li className="relative flex min-h-19 items-center gap-3 py-3">
      <div className="flex min-w-0 flex-1 flex-wrap items-center justify-between gap-x-2">
        <div className="min-w-0 grow basis-28">
          <p className="font-semibold">
            {entry.transaction_id === null ? entry.description : text("deposit")}
          </p>
          <p className="text-sm text-ink-soft">
            <time dateTime={entry.created_at}>{formatFullTime(entry.created_at, language)}</time>
          </p>
          {entry.mpesa_receipt_number === null ? null : (
            <p className="text-sm text-ink-soft" translate="no">
              {entry.mpesa_receipt_number}
            </p>
          )}
        </div>
        <p className="money ml-auto min-w-0 text-right font-semibold" translate="no">
          {`${isOut ? "" : "+"}${formatBalance(entry.amount)}`}
        </p>
      </div>
      {entry.transaction_id === null ? null : (
        <PageLink
          href={`/deposits/${String(entry.transaction_id)}`}
          aria-label={text("openDeposit", { id: entry.transaction_id })}
          className="-mr-1 grid w-6 place-items-center self-stretch rounded-control text-ink-soft before:absolute before:inset-0 hover:text-ink"
        >
          <Icon name="next" />
        </PageLink>
      )}
    </li>
  );
}
