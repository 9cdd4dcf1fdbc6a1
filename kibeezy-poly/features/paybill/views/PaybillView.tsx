"use client";
/** The paybill's numbers; while a prompt may be paid, a warning comes first. */
import { useEffect, useState } from "react";
import { findRemaining, type Limits, useAllowanceText } from "@/features/limits";
import type { Paybill } from "@/features/paybill/api";
import { notePaybillShown } from "@/features/paybill/noteShown";
import { CopyNumber } from "@/features/paybill/views/CopyNumber";
import type { HandPaymentProps, OpenPrompt } from "@/features/paybill/views/HandPayment";
import { paybillMessages } from "@/features/paybill/views/messages";
import { MoneyLine } from "@/features/paybill/views/MoneyLine";
import { Step } from "@/features/paybill/views/Step";
import { useMayPay } from "@/features/paybill/views/useMayPay";
import { formatKes } from "@/lib/money";
import { formatDateTime, formatTime, serverNow } from "@/lib/time";
import { useLanguage, useText } from "@/lib/useLanguage";
import { Alert } from "@/ui/Alert";
import { Button } from "@/ui/Button";
import { Icon } from "@/ui/Icon";
import { PageLink } from "@/ui/PageLink";

type Props = HandPaymentProps & { paybill: Paybill };

export function PaybillView(props: Props) {
  const [isSure, setIsSure] = useState(false);
  // Whether the warning was shown: what follows it takes the focus.
  const [wasWarned] = useState(props.prompt !== null);
  if (props.prompt !== null && !isSure)
    return (
      <WaitFirst
        prompt={props.prompt}
        onWait={() => {
          props.onView(null);
        }}
        onSure={() => {
          setIsSure(true);
        }}
      />
    );
  return <Numbers {...props} takesFocus={wasWarned} />;
}

type WaitProps = { prompt: OpenPrompt; onWait: () => void; onSure: () => void };

function WaitFirst({ prompt: { openUntil }, onWait, onSure }: WaitProps) {
  const text = useText(paybillMessages);
  const { language } = useLanguage();
  return (
    <Step title={text("waitTitle")} takesFocus={false}>
      <MoneyLine tone="wait" icon="alert" title={text("waitWhat")}>
        {openUntil === null || openUntil < serverNow()
          ? text("waitUnknown")
          : text("waitOpen", { time: formatTime(toWholeMinute(openUntil), language) })}
      </MoneyLine>
      <Button onClick={onWait} className="w-full">
        {text("waitMore")}
      </Button>
      <Button kind="secondary" onClick={onSure} className="w-full">
        {text("noPin")}
      </Button>
    </Step>
  );
}

/** The next whole minute, since times are shown without seconds: the prompt is gone by then. */
function toWholeMinute(ms: number): number {
  return Math.ceil(ms / 60_000) * 60_000;
}

type NumbersProps = Props & { takesFocus: boolean };

function Numbers(props: NumbersProps) {
  const text = useText(paybillMessages);
  const { language } = useLanguage();
  const may = useMayPay();
  switch (may.kind) {
    case "loading":
      return (
        <div aria-hidden="true" className="mt-3 space-y-4">
          <div className="skeleton h-12" />
          <div className="skeleton h-20" />
          <div className="skeleton h-20" />
        </div>
      );
    case "identity":
      return (
        <Refused
          {...props}
          why={text("identityFirst")}
          href="/identity"
          link={text("toIdentity")}
        />
      );
    case "break":
      return (
        <Refused
          {...props}
          why={text("onBreak", { time: formatDateTime(may.until, language) })}
          href="/limits"
          link={text("toLimits")}
        />
      );
    case "yes":
      return <NumbersShown {...props} limits={may.limits} />;
  }
}

type RefusedProps = Pick<HandPaymentProps, "onLeave"> & { why: string; href: string; link: string };

function Refused({ why, href, link, onLeave }: RefusedProps) {
  return (
    <div className="mt-3 space-y-4">
      <Alert tone="wait" assertive>
        {why}
      </Alert>
      <PageLink
        href={href}
        onClick={onLeave}
        className="flex min-h-14 w-full items-center justify-center rounded-control bg-brand px-5 text-lg font-semibold text-on-brand hover:bg-brand-strong"
      >
        {link}
      </PageLink>
    </div>
  );
}

type ShownProps = NumbersProps & { limits: Limits | null };

function NumbersShown({ paybill, userId, amount, limits, takesFocus, say, onView }: ShownProps) {
  const text = useText(paybillMessages);
  const points = usePoints(limits, paybill.payee_name);
  useEffect(() => {
    notePaybillShown(userId);
  }, [userId]);
  return (
    <Step title={text("lead")} takesFocus={takesFocus}>
      <CopyNumber label={text("businessNumber")} digits={paybill.paybill} say={say} />
      <CopyNumber
        label={text("accountNumber")}
        digits={paybill.account_number}
        groups={groupThrees(paybill.account_number)}
        say={say}
      />
      {amount === null ? null : (
        <CopyNumber label={text("amount")} digits={String(amount)} say={say} />
      )}
      <ul className="space-y-2">
        {points.map((point) => (
          <li key={point} className="flex gap-2.5">
            <Icon name="check" className="mt-0.5 size-5 text-brand" />
            <span>{point}</span>
          </li>
        ))}
      </ul>
      <MoneyLine tone="wait" icon="alert" title={text("alreadyPin")}>
        {text("alreadyPinNow")}
      </MoneyLine>
      <Button
        onClick={() => {
          onView("claim");
        }}
        className="w-full"
      >
        {text("iHavePaid")}
      </Button>
    </Step>
  );
}

function usePoints(limits: Limits | null, name: string): string[] {
  const text = useText(paybillMessages);
  const describe = useAllowanceText();
  const remaining = limits && findRemaining(limits);
  const range =
    limits === null
      ? []
      : [text("range", { min: formatKes(limits.min_amount), max: formatKes(limits.max_amount) })];
  const tighter = remaining === null || remaining.bound === "one" ? [] : [describe(remaining)];
  return [...range, ...tighter, text("checkName", { name }), text("ownForEver"), text("whenAdded")];
}

/** `2480159763` -> `2480`, `159`, `763`: the first group takes what is left over. */
function groupThrees(digits: string): string[] {
  const first = digits.length - Math.max(0, Math.floor((digits.length - 2) / 3)) * 3;
  const rest = digits.slice(first).match(/\d{3}/g) ?? [];
  return [digits.slice(0, first), ...rest];
}
