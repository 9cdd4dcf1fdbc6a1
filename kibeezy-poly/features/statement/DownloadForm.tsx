"use client";
import { useState } from "react";
import { getStatement, type StatementFormat } from "@/features/statement/api";
import { saveFile } from "@/features/statement/file";
import { statementMessages } from "@/features/statement/messages";
import { addDays, countDays, isDay, toDay } from "@/lib/day";
import { serverNow } from "@/lib/time";
import { useText } from "@/lib/useLanguage";
import { useSignedInForm } from "@/lib/useSignedInForm";
import { Alert } from "@/ui/Alert";
import { Button } from "@/ui/Button";
import { Card } from "@/ui/Card";
import { type Days, DaysFields } from "@/ui/DaysFields";
import { Sentence } from "@/ui/Sentence";

const FORMATS = ["pdf", "csv"] as const;
const MAX_DAYS = 366;
const DAYS_AT_FIRST = 30;

/**
 * Downloads the statement. The page requests the file by script, so that the customer sees an error
 * as a sentence instead of getting a broken file.
 */
export function DownloadForm() {
  const text = useText(statementMessages);
  const today = toDay(serverNow());
  const [days, setDays] = useState<Days>(() => ({
    from: addDays(today, -DAYS_AT_FIRST),
    to: today,
  }));
  const { form, format, savedName, download } = useDownload(days);
  return (
    <Card title={text("download")} lead={text("downloadBody")}>
      <form
        noValidate
        className="space-y-4"
        onSubmit={(event) => {
          event.preventDefault();
          download(format);
        }}
      >
        <div className="grid grid-cols-1 gap-4 sm:grid-cols-2">
          <DaysFields
            days={days}
            labels={{ from: text("from"), to: text("to") }}
            errors={form.errors}
            max={today}
            onChange={setDays}
          />
        </div>
        {form.failure === null ? null : (
          <Alert tone="bad" assertive>
            <Sentence>{form.failure}</Sentence>
          </Alert>
        )}
        <div className="flex flex-wrap gap-3 *:grow">
          {FORMATS.map((wanted) => (
            <Button
              key={wanted}
              kind="secondary"
              busy={form.busy}
              onClick={() => {
                download(wanted);
              }}
            >
              {text(form.busy && format === wanted ? "preparing" : wanted)}
            </Button>
          ))}
        </div>
        <p role="status" className="text-ink-soft empty:hidden">
          {savedName === null ? "" : text("saved", { name: savedName })}
        </p>
      </form>
    </Card>
  );
}

function useDownload({ from, to }: Days) {
  const form = useSignedInForm();
  const check = useDayErrors();
  const [format, setFormat] = useState<StatementFormat>("pdf");
  const [savedName, setSavedName] = useState<string | null>(null);

  function download(wanted: StatementFormat) {
    setFormat(wanted);
    setSavedName(null);
    const request = () => getStatement(wanted, from, to);
    void form.send(check(from, to), request, (file) => {
      saveFile(file);
      setSavedName(file.name);
    });
  }

  return { form, format, savedName, download };
}

/** Errors of the first and the last day, found before the request. */
function useDayErrors() {
  const text = useText(statementMessages);
  return (from: string, to: string) => {
    const missing = {
      from: isDay(from) ? null : text("dayMissing"),
      to: isDay(to) ? null : text("dayMissing"),
    };
    if (missing.from !== null || missing.to !== null) return missing;
    if (from > to) return { from: text("daysReversed"), to: null };
    const isLong = countDays(from, to) + 1 > MAX_DAYS;
    return { from: isLong ? text("daysTooMany") : null, to: null };
  };
}
