"use client";
import { type ReactNode, useState } from "react";
import type { OwnLimits } from "@/features/limits/api";
import { breakMessages } from "@/features/limits/breakMessages";
import { useText } from "@/lib/useLanguage";
import { Button } from "@/ui/Button";
import { Card } from "@/ui/Card";
import { RadioRow } from "@/ui/RadioRow";

/** What the second step gets: the chosen length, and how to finish. */
export type CoolOffStep<Length> = {
  length: Length;
  onCancel: () => void;
  onSaved: (own: OwnLimits) => void;
};

type Props<Length> = {
  name: string;
  title: string;
  lead: string;
  /** Says until when a cool-off or self-exclusion lasts that has already begun. */
  until: ReactNode;
  /**
   * The lengths to choose from. A cool-off can be made longer, never shorter: shorter lengths are
   * disabled.
   */
  options: readonly { value: Length; label: string; disabled: boolean }[];
  next: string;
  onSaved: (own: OwnLimits) => void;
  /** Renders the second step, which explains the consequences. */
  children: (step: CoolOffStep<Length>) => ReactNode;
};

/**
 * Starts a cool-off or self-exclusion: the customer first chooses the length, then confirms it in a
 * second step.
 */
export function CoolOffCard<Length extends number>(props: Props<Length>) {
  const { name, title, lead, until, options, next, onSaved, children } = props;
  const text = useText(breakMessages);
  const [chosen, setChosen] = useState<Length | null>(null);
  const [confirming, setConfirming] = useState(false);
  const length = chosen ?? options.find(({ disabled }) => !disabled)?.value;

  function choose() {
    if (length === undefined) return <p className="text-ink-soft">{text("alreadyLonger")}</p>;
    if (confirming)
      return children({
        length,
        onCancel: () => {
          setConfirming(false);
        },
        onSaved: (own) => {
          setConfirming(false);
          setChosen(null);
          onSaved(own);
        },
      });
    return (
      <>
        <RadioRow
          legend={text("pauseLegend")}
          name={name}
          options={options}
          chosen={length}
          onChoose={setChosen}
        />
        <Button
          kind="secondary"
          onClick={() => {
            setConfirming(true);
          }}
          className="w-full"
        >
          {next}
        </Button>
      </>
    );
  }

  return (
    <Card title={title} lead={lead}>
      {until}
      {choose()}
    </Card>
  );
}
