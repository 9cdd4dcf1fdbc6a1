"use client";
/** Asks again and again, each time after the last answer: bounded, unhurried, silent while hidden. */
import { useEffect, useEffectEvent, useRef } from "react";
import { getWaitMs, isTooLong } from "@/lib/polling";
import { serverNow } from "@/lib/time";
import { useReturn } from "@/lib/useReturn";

/** Seconds until the next question, null to stop asking, or "failed" when no answer came. */
export type PollResult = number | null | "failed";

/** Whose turn it is to ask, where several tabs want to know the same. */
export type Turns = {
  /** How long another tab still has its turn, in ms; 0 takes it. */
  take: () => number;
  keep: (nextAt: number) => void;
  giveUp: () => void;
};

type Options = {
  /** What is asked about; another value starts anew, null asks nothing. */
  subject: number | null;
  /** By the server's clock: a phone's own may be minutes off. */
  startedMs: number;
  ask: (signal: AbortSignal) => Promise<PollResult>;
  turns?: Turns;
  /** It was asked for long enough; only a return or a tap still asks. */
  onRest?: () => void;
};

/** Returns a function that asks at once. */
export function usePolling({ subject, startedMs, ask, turns, onRest }: Options): () => void {
  const askLatest = useEffectEvent(ask);
  const latestTurns = useEffectEvent(() => turns);
  const rest = useEffectEvent(() => onRest?.());
  const askNow = useRef<() => void>(() => undefined);

  useEffect(() => {
    if (subject === null) return;
    const poller = createPoller({
      startedMs,
      ask: (signal) => askLatest(signal),
      turns: latestTurns(),
      onRest: () => {
        rest();
      },
    });
    askNow.current = poller.askNow;
    poller.askNow();
    return () => {
      poller.stop();
      askNow.current = () => undefined;
    };
  }, [subject, startedMs]);

  useReturn(() => {
    askNow.current();
  });

  return () => {
    askNow.current();
  };
}

type PollerOptions = {
  startedMs: number;
  ask: Options["ask"];
  turns: Turns | undefined;
  onRest: () => void;
};

function createPoller({ startedMs, ask, turns, onRest }: PollerOptions) {
  const controller = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let asking = false;
  let failures = 0;

  async function askOnce() {
    if (asking || controller.signal.aborted) return;
    asking = true;
    clearTimeout(timer);
    const result = await ask(controller.signal).finally(() => {
      asking = false;
    });
    failures = result === "failed" ? failures + 1 : 0;
    plan(result);
  }

  function plan(result: PollResult) {
    if (result === null || controller.signal.aborted) return;
    if (isTooLong(startedMs, serverNow())) {
      onRest();
      return;
    }
    const serverSeconds = result === "failed" ? null : result;
    const waitMs = getWaitMs({ serverSeconds, failures: failures - 1, jitter: Math.random() });
    turns?.keep(Date.now() + waitMs);
    wait(waitMs);
  }

  function wait(waitMs: number) {
    timer = setTimeout(() => {
      // A hidden page asks nothing; coming back to it asks at once.
      if (document.visibilityState !== "visible") return;
      const othersMs = turns?.take() ?? 0;
      if (othersMs > 0) wait(othersMs);
      else void askOnce();
    }, waitMs);
  }

  return {
    /** A person wants to know, so it is nobody's turn but this tab's. */
    askNow: () => void askOnce(),
    stop: () => {
      controller.abort();
      clearTimeout(timer);
      turns?.giveUp();
    },
  };
}
