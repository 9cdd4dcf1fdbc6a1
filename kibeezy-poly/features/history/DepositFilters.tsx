"use client";
import { type MouseEvent, useState } from "react";
import {
  type DepositFilter,
  isFiltered,
  STATUS_FILTERS,
  type StatusFilter,
  toDepositsPath,
} from "@/features/history/depositFilter";
import { historyMessages } from "@/features/history/messages";
import { showDay, toDay } from "@/lib/day";
import { serverNow } from "@/lib/time";
import { useLanguage, useText } from "@/lib/useLanguage";
import { Button } from "@/ui/Button";
import { type Days, DaysFields } from "@/ui/DaysFields";
import { Icon } from "@/ui/Icon";

type Props = { filter: DepositFilter; onChange: (filter: DepositFilter) => void };

/**
 * The filter: status as links, days as a form. Both lead to plain addresses, so they work before
 * the page's code has loaded.
 */
export function DepositFilters({ filter, onChange }: Props) {
  const text = useText(historyMessages);
  return (
    <div className="space-y-3">
      <nav aria-label={text("filterStatus")}>
        <ul className="flex flex-wrap gap-2">
          {STATUS_FILTERS.map((status) => (
            <li key={status}>
              <StatusLink status={status} filter={filter} onChange={onChange} />
            </li>
          ))}
        </ul>
      </nav>
      <DateFilter filter={filter} onChange={onChange} />
      {isFiltered(filter) ? (
        <Button
          kind="quiet"
          onClick={() => {
            onChange({ status: "all", from: "", to: "" });
          }}
        >
          <Icon name="cross" />
          <span>{text("clear")}</span>
        </Button>
      ) : null}
    </div>
  );
}

function StatusLink({ status, filter, onChange }: Props & { status: StatusFilter }) {
  const text = useText(historyMessages);
  const chosen = filter.status === status;
  const next = { ...filter, status };
  return (
    <a
      href={toDepositsPath(next)}
      aria-current={chosen ? "true" : undefined}
      onClick={(event) => {
        if (!isPlainClick(event)) return;
        event.preventDefault();
        if (!chosen) onChange(next);
      }}
      className="inline-flex min-h-touch items-center rounded-full border border-line-strong px-4 font-semibold aria-[current]:border-brand aria-[current]:bg-brand-soft aria-[current]:text-on-brand-soft"
    >
      {text(`status_${status}`)}
    </a>
  );
}

/** False for clicks that open a link in a new tab or window. */
function isPlainClick(event: MouseEvent): boolean {
  return event.button === 0 && !(event.metaKey || event.ctrlKey || event.shiftKey || event.altKey);
}

function DateFilter({ filter, onChange }: Props) {
  const text = useText(historyMessages);
  const { language } = useLanguage();
  const [days, setDays] = useState<Days>({ from: filter.from, to: filter.to });
  const [error, setError] = useState<string | null>(null);
  const isOn = filter.from !== "" || filter.to !== "";
  const show = (day: string) => (day === "" ? text("anyDay") : showDay(day, language));

  function apply() {
    const { from, to } = days;
    const reversed = from !== "" && to !== "" && from > to;
    setError(reversed ? text("datesReversed") : null);
    if (!reversed) onChange({ ...filter, from, to });
  }

  return (
    <details className="rounded-card bg-surface px-5 shadow-card" open={isOn}>
      <summary className="flex min-h-touch cursor-pointer items-center gap-2 font-semibold">
        <Icon name="calendar" />
        <span>
          {isOn
            ? text("filterDatesOn", { from: show(filter.from), to: show(filter.to) })
            : text("filterDates")}
        </span>
      </summary>
      <form
        action="/deposits"
        noValidate
        className="grid grid-cols-1 gap-3 pb-5 sm:grid-cols-[1fr_1fr_auto] sm:items-end"
        onSubmit={(event) => {
          event.preventDefault();
          apply();
        }}
      >
        {filter.status === "all" ? null : (
          <input type="hidden" name="status" value={filter.status} />
        )}
        <DaysFields
          days={days}
          labels={{ from: text("from"), to: text("to") }}
          errors={{ from: error }}
          max={toDay(serverNow())}
          onChange={setDays}
        />
        <Button type="submit" kind="secondary">
          {text("show")}
        </Button>
      </form>
    </details>
  );
}
