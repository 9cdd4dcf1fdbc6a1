"use client";
/**
 * The place of a deposit that was not completed. Its views are loaded on demand, as soon as there is
 * a deposit at all, since the sheet's own code is near its limit.
 */
import { type ReactNode, useEffect, useEffectEvent, useState } from "react";
import { commonMessages } from "@/lib/commonMessages";
import { getOutcomes, loadOutcomes, type Outcomes } from "@/features/deposit/outcomeLoader";
import { loadNewBuild } from "@/lib/newBuild";
import { useText } from "@/lib/useLanguage";
import { Button } from "@/ui/Button";

/** Loads the views early; a failed load is tried again when one is shown. */
export function usePreparedOutcomes(needed: boolean): void {
  useEffect(() => {
    if (needed) loadOutcomes().catch(() => undefined);
  }, [needed]);
}

type Props = { children: (views: Outcomes) => ReactNode };

export function OutcomePlace({ children }: Props) {
  const text = useText(commonMessages);
  const [views, setViews] = useState(getOutcomes);
  const [failed, setFailed] = useState(false);
  const get = useEffectEvent(() => {
    loadOutcomes().then(setViews, async () => {
      if (!(await loadNewBuild({ opensSheet: true, chosenId: null }))) setFailed(true);
    });
  });
  const [round, setRound] = useState(0);
  useEffect(() => {
    if (views === null) get();
  }, [views, round]);
  if (views !== null) return children(views);
  return failed ? (
    <div className="view">
      <p role="alert">{text("offlineBody")}</p>
      <div className="actions">
        <Button
          onClick={() => {
            setFailed(false);
            setRound(round + 1);
          }}
        >
          {text("tryAgain")}
        </Button>
      </div>
    </div>
  ) : (
    <div aria-hidden="true" className="view skeleton" />
  );
}
