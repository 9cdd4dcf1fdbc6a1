"use client";
import { useAnnouncedCountdown } from "@/features/deposit/Announcer";
import { depositMessages } from "@/features/deposit/messages";
import { useCountdown } from "@/features/deposit/steps/useCountdown";
import { formatKes } from "@/lib/money";
import { formatCountdown, serverNow } from "@/lib/time";
import { useText } from "@/lib/useLanguage";

/** M-Pesa shows its prompt about this long; the ring is full then. */
const RING_S = 90;
const SOON_S = 15;

type Props = {
  amount: number;
  /** False while the request is on its way: the phone shows nothing yet. */
  arrived: boolean;
  /** When the prompt expires by the server's clock; null if not known. */
  expiresAt: number | null;
};

/**
 * A picture of the customer's phone with the prompt, and the time left. When that time ends the
 * deposit has not failed.
 */
export function PinPrompt({ amount, arrived, expiresAt }: Props) {
  const text = useText(depositMessages);
  const left = useCountdown(expiresAt, serverNow);
  useAnnouncedCountdown(left, (seconds) =>
    seconds === 0 ? null : text("pinTimeAnnounce", { seconds }),
  );
  return (
    <div className="scene" aria-hidden="true">
      <div className="phone">
        {arrived ? (
          <div>
            <p>{text("promptPay", { amount: formatKes(amount) })}</p>
            <p>{text("promptPin")}</p>
            <p className="dots">
              <i />
              <i />
              <i />
            </p>
          </div>
        ) : (
          <p className="typing">
            <i />
            <i />
            <i />
          </p>
        )}
      </div>
      {left === null ? null : (
        <p className="count" data-soon={left <= SOON_S ? "" : undefined}>
          <svg viewBox="0 0 100 100">
            <circle cx="50" cy="50" r="44" />
            <circle
              cx="50"
              cy="50"
              r="44"
              pathLength="100"
              strokeDasharray={`${String(Math.min(100, (left / RING_S) * 100))} 200`}
            />
          </svg>
          <span>
            <b translate="no">{formatCountdown(left)}</b>
            <small>{text("pinTimeLeft")}</small>
          </span>
        </p>
      )}
    </div>
  );
}
