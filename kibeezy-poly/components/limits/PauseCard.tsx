"use client";
import { useState } from "react";
import { ConfirmStep } from "@/components/limits/ConfirmStep";
import { Until } from "@/components/limits/Until";
import { Button } from "@/components/ui/Button";
import { Card } from "@/components/ui/Card";
import { RadioRow } from "@/components/ui/RadioRow";
import { useText } from "@/hooks/useLanguage";
import { useSignedInForm } from "@/hooks/useSignedInForm";
import { type OwnLimits, pause, type PauseDays } from "@/lib/accountApi";
import { isLonger, isOver } from "@/lib/breaks";
import { limitsMessages } from "@/lib/messages/limits";
import { serverNow } from "@/lib/time";

type Props = { own: OwnLimits; onSaved: (own: OwnLimits) => void };

const DAYS: readonly PauseDays[] = [1, 7, 30];

const toName = (days: PauseDays) => `days_${String(days) as `${PauseDays}`}` as const;

/** A break of some days: can be made longer, never shorter. */
export function PauseCard({ own, onSaved }: Props) {
  const text = useText(limitsMessages);
  const { busy, failure, send } = useSignedInForm();
  const [now] = useState(serverNow);
  const [chosen, setChosen] = useState<PauseDays | null>(null);
  const [confirming, setConfirming] = useState(false);
  const possible = DAYS.filter((days) => isLonger(own.paused_until, { days }, now));
  const days = chosen ?? possible[0];
  const isPaused = !isOver(own.paused_until, now);

  if (days === undefined)
    return (
      <Card title={text("pause")} lead={text("pauseLead")}>
        <Until message="pausedUntil" time={own.paused_until} now={now} />
        <p className="text-ink-soft">{text("alreadyLonger")}</p>
      </Card>
    );
  return (
    <Card title={text("pause")} lead={text("pauseLead")}>
      <Until message="pausedUntil" time={own.paused_until} now={now} />
      {confirming ? (
        <ConfirmStep
          title={text("pauseConfirmTitle", { length: text(toName(days)) })}
          body={text("pauseConfirmBody")}
          failure={failure}
          busy={busy}
          confirm={text(busy ? "saving" : "pauseConfirm")}
          cancel={text("notNow")}
          onCancel={() => {
            setConfirming(false);
          }}
          onConfirm={() => {
            void send(
              {},
              () => pause(days),
              (saved) => {
                setConfirming(false);
                setChosen(null);
                onSaved(saved);
              },
            );
          }}
        />
      ) : (
        <>
          <RadioRow
            legend={text("pauseLegend")}
            name="pause"
            options={DAYS.map((value) => ({
              value,
              label: text(toName(value)),
              disabled: !possible.includes(value),
            }))}
            chosen={days}
            onChoose={setChosen}
          />
          <Button
            kind="secondary"
            onClick={() => {
              setConfirming(true);
            }}
            className="w-full"
          >
            {text(isPaused ? "pauseLonger" : "pauseNext")}
          </Button>
        </>
      )}
    </Card>
  );
}
