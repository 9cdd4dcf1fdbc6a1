"use client";
import { useState } from "react";
import { type Caps, type OwnLimits, setCaps } from "@/features/limits/api";
import { compareCaps, parseCap } from "@/features/limits/caps";
import { limitsMessages } from "@/features/limits/messages";
import { PendingCaps } from "@/features/limits/PendingCaps";
import { allowanceMessages } from "@/features/limits/allowanceMessages";
import { formatKes, groupDigits, readShillings } from "@/lib/money";
import { useText } from "@/lib/useLanguage";
import { useSignedInForm } from "@/lib/useSignedInForm";
import { Alert } from "@/ui/Alert";
import { Button } from "@/ui/Button";
import { Card } from "@/ui/Card";
import { Field } from "@/ui/Field";
import { Sentence } from "@/ui/Sentence";

type Props = { own: OwnLimits; onSaved: (own: OwnLimits) => void };

type Note = "capsSame" | "capsSaved" | "capsRaisedSoon";

/** Changes the customer's own caps: a lower cap applies at once, a higher one after a day. */
export function CapsCard({ own, onSaved }: Props) {
  const text = useText(limitsMessages);
  const form = useSignedInForm();
  const wantedNow = own.pending ?? own;
  const [day, setDay] = useState(toTyped(wantedNow.daily_cap));
  const [week, setWeek] = useState(toTyped(wantedNow.weekly_cap));
  const [note, setNote] = useState<Note | null>(null);
  const check = useCapErrors();

  function take(saved: OwnLimits) {
    const next = saved.pending ?? saved;
    setDay(toTyped(next.daily_cap));
    setWeek(toTyped(next.weekly_cap));
    setNote(saved.pending === null ? "capsSaved" : "capsRaisedSoon");
    onSaved(saved);
  }

  function save() {
    const wanted = { daily_cap: parseCap(day), weekly_cap: parseCap(week) };
    const isSame = compareCaps(wantedNow, wanted) === "same";
    setNote(isSame ? "capsSame" : null);
    if (!isSame) void form.send(check(wanted), () => setCaps(wanted), take);
  }

  const field = (typed: string, set: (typed: string) => void, now: number | null) => ({
    prefix: "KSh",
    inputMode: "numeric" as const,
    autoComplete: "off",
    placeholder: text("capNone"),
    hint: text("capNow", { amount: now === null ? text("capNone") : formatKes(now) }),
    value: typed,
    onChange: (event: { target: { value: string } }) => {
      set(event.target.value);
      setNote(null);
    },
    onBlur: () => {
      const shillings = readShillings(typed);
      if (shillings !== null) set(groupDigits(shillings));
    },
  });
  return (
    <Card title={text("caps")} lead={text("capsLead")}>
      <PendingCaps own={own} onSaved={take} />
      <form
        noValidate
        className="space-y-4"
        onSubmit={(event) => {
          event.preventDefault();
          save();
        }}
      >
        <Field
          {...field(day, setDay, own.daily_cap)}
          label={text("capDay")}
          error={form.errors.daily_cap ?? null}
        />
        <Field
          {...field(week, setWeek, own.weekly_cap)}
          label={text("capWeek")}
          error={form.errors.weekly_cap ?? null}
        />
        {form.failure === null ? null : (
          <Alert tone="bad" assertive>
            <Sentence>{form.failure}</Sentence>
          </Alert>
        )}
        <p role="status" className="text-ink-soft empty:hidden">
          {note === null ? "" : text(note)}
        </p>
        <Button type="submit" kind="secondary" busy={form.busy} className="w-full">
          {text(form.busy ? "saving" : "capsSave")}
        </Button>
      </form>
    </Card>
  );
}

function toTyped(cap: number | null): string {
  return cap === null ? "" : groupDigits(String(cap));
}

function useCapErrors() {
  const text = useText(limitsMessages);
  const allowanceText = useText(allowanceMessages);
  const readable = (cap: number | null) =>
    Number.isNaN(cap) ? allowanceText("wholeShillings") : null;
  return ({ daily_cap, weekly_cap }: Caps) => {
    const isBelow = daily_cap !== null && weekly_cap !== null && weekly_cap < daily_cap;
    return {
      daily_cap: readable(daily_cap),
      weekly_cap: isBelow ? text("weekBelowDay") : readable(weekly_cap),
    };
  };
}
