"use client";
/** Asks again and again, each time after the last answer: bounded, unhurried, silent while hidden. */
import { useEffect, useEffectEvent, useRef } from "react";
import { useReturn } from "@/hooks/useReturn";
import { getWaitMs, isTooLong } from "@/lib/polling";

/** Seconds until the next question, null to stop asking, or "failed" when no answer came. */
export type PollResult = number | null | "failed";

type Options = {
  /** What is asked about; another value starts anew, null asks nothing. */
  subject: number | null;
  startedMs: number;
  ask: (signal: AbortSignal) => Promise<PollResult>;
};

/** Returns a function that asks at once. */
export function usePolling({ subject, startedMs, ask }: Options): () => void {
  const askLatest = useEffectEvent(ask);
  const askNow = useRef<() => void>(() => undefined);

  useEffect(() => {
    if (subject === null) return;
    const poller = createPoller((signal) => askLatest(signal), startedMs);
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

function createPoller(ask: Options["ask"], startedMs: number) {
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
    if (result === null || controller.signal.aborted || isTooLong(startedMs, Date.now())) return;
    const serverSeconds = result === "failed" ? null : result;
    const waitMs = getWaitMs({ serverSeconds, failures: failures - 1, jitter: Math.random() });
    timer = setTimeout(() => {
      // A hidden page asks nothing; coming back to it asks at once.
      if (document.visibilityState === "visible") void askOnce();
    }, waitMs);
  }

  return {
    askNow: () => void askOnce(),
    stop: () => {
      controller.abort();
      clearTimeout(timer);
    },
  };
}
