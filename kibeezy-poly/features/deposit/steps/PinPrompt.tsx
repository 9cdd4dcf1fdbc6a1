"use client";
import { useAnnouncedCountdown } from "@/features/deposit/Announcer";
import { depositMessages } from "@/features/deposit/messages";
import { useCountdown } from "@/features/deposit/steps/useCountdown";
import { formatCountdown, serverNow } from "@/lib/time";
import { useText } from "@/lib/useLanguage";

/**
 * A picture of the prompt with the time left by the server's clock. When that time ends the deposit
 * has not failed.
 */
export function PinPrompt({ expiresAt }: { expiresAt: number | null }) {
  const text = useText(depositMessages);
  const left = useCountdown(expiresAt, serverNow);
  useAnnouncedCountdown(left, (seconds) =>
    seconds === 0 ? null : text("pinTimeAnnounce", { seconds }),
  );
  return (
    <div className="flex items-center gap-5 rounded-control bg-brand-soft p-4 text-on-brand-soft">
      <svg viewBox="0 0 56 84" aria-hidden="true" className="h-21 w-14 shrink-0">
        <rect
          x="2"
          y="2"
          width="52"
          height="80"
          rx="9"
          className="fill-surface stroke-brand"
          strokeWidth="3"
        />
        <rect x="9" y="22" width="38" height="34" rx="5" className="fill-raised" />
        <path d="M15 30h26" className="stroke-line-strong" strokeWidth="3" strokeLinecap="round" />
        <g className="fill-brand">
          <circle cx="16" cy="44" r="3" />
          <circle cx="24" cy="44" r="3" />
          <circle cx="32" cy="44" r="3" />
          <circle cx="40" cy="44" r="3" className="pulse-ring" />
        </g>
        <path d="M23 73h10" className="stroke-line-strong" strokeWidth="3" strokeLinecap="round" />
      </svg>
      <div className="min-h-16">
        {left === null ? null : (
          <p>
            <span className="money block text-3xl font-bold" aria-hidden="true" translate="no">
              {formatCountdown(left)}
            </span>
            <span aria-hidden="true">{text("pinTimeLeft")}</span>
          </p>
        )}
      </div>
    </div>
  );
}
