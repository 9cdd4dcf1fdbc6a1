"use client";
import type { Ref } from "react";
import { type DepositState, getAmount, isUnderWay } from "@/features/deposit/states";
import { depositMessages } from "@/features/deposit/messages";
import { formatKes } from "@/lib/money";
import { useText } from "@/lib/useLanguage";
import { Icon, type IconName } from "@/ui/Icon";

type Props = {
  ref: Ref<HTMLButtonElement>;
  /** The deposit to show; null while the sheet is open, since the sheet shows it. */
  state: DepositState | null;
  onOpen: () => void;
};

/**
 * The minimised deposit: a button at the foot of the page. It announces the outcome, and a tap
 * opens the sheet.
 */
export function DepositPill({ ref, state, onOpen }: Props) {
  const text = useText(depositMessages);
  const style = state === null ? null : getStyle(state);
  return (
    <div className="pointer-events-none fixed inset-x-0 bottom-(--nav-height) z-10 flex justify-center p-4 md:bottom-0 print:hidden">
      <p role="status" className="sr-only">
        {style === null ? "" : text(style.message, { amount: style.amount })}
      </p>
      {style === null ? null : (
        <button
          ref={ref}
          type="button"
          onClick={onOpen}
          className={`pointer-events-auto flex min-h-14 max-w-full flex-wrap items-center gap-x-3 rounded-[1.75rem] py-2 pr-4 pl-3.5 text-left font-semibold shadow-card ${style.colours}`}
        >
          <Icon name={style.icon} className="size-6" />
          {/* The text stands beside the icon; when enlarged it wraps below the icon and takes the
              whole width. */}
          <span className="min-w-0 flex-1 basis-36">
            {text(style.message, { amount: style.amount })}
          </span>
          <span className="underline underline-offset-4">{text("pillOpen")}</span>
        </button>
      )}
    </div>
  );
}

type Style = {
  message: "pillWaiting" | "pillReview" | "pillDone" | "pillFailed" | "pillWatching" | "pillBack";
  amount: string;
  icon: IconName;
  colours: string;
};

const WAITING = { icon: "clock", colours: "bg-wait-soft text-on-wait" } as const;
const GOOD = { icon: "check", colours: "bg-brand-soft text-on-brand-soft" } as const;

function getStyle(state: DepositState): Style | null {
  const amount = formatKes(getAmount(state) ?? 0);
  if (state.kind === "underReview") return { message: "pillReview", amount, ...WAITING };
  if (state.kind === "failed" || (state.kind === "sendUnclear" && state.missing))
    return { message: "pillFailed", amount, icon: "cross", colours: "bg-surface text-ink" };
  if (isUnderWay(state)) return { message: "pillWaiting", amount, ...WAITING };
  if (state.kind === "providerDown" && state.watch === "watching")
    return { message: "pillWatching", amount, ...WAITING };
  if (state.kind === "providerDown" && state.watch === "back")
    return { message: "pillBack", amount, ...GOOD };
  if (state.kind === "succeeded") return { message: "pillDone", amount, ...GOOD };
  return null;
}
