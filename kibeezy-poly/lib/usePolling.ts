"use client";
/** Polling: the next request follows the last answer; stops after ten minutes, pauses while the page is hidden. */
import { useEffect, useEffectEvent, useRef } from "react";
import { getWaitMs, isTooLong } from "@/lib/polling";
import { serverNow } from "@/lib/time";
import { useReturn } from "@/lib/useReturn";

/** Seconds until the next request, null to stop, or "failed" when no answer came. */
export type PollResult = number | null | "failed";

/** The right to poll, where several tabs follow the same deposit. */
export type Lease = {
  /** Milliseconds until another tab's lease expires; 0 when this tab has it now. */
  acquire: () => number;
  extend: (nextAt: number) => void;
  release: () => void;
};

type Options = {
  /** The id that is polled; a new value restarts, null stops. */
  subject: number | null;
  /** By the server's clock: a phone's clock may be minutes off. */
  startedMs: number;
  ask: (signal: AbortSignal) => Promise<PollResult>;
  lease?: Lease;
  /** Automatic polling has stopped; only a return or a tap still asks. */
  onStop?: () => void;
};

/** Returns a function that polls at once. */
export function usePolling({ subject, startedMs, ask, lease, onStop }: Options): () => void {
  const askLatest = useEffectEvent(ask);
  const latestLease = useEffectEvent(() => lease);
  const notifyStop = useEffectEvent(() => onStop?.());
  const askNow = useRef<() => void>(() => undefined);

  useEffect(() => {
    if (subject === null) return;
    const poller = createPoller({
      startedMs,
      ask: (signal) => askLatest(signal),
      lease: latestLease(),
      onStop: () => {
        notifyStop();
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
  lease: Lease | undefined;
  onStop: () => void;
};

function createPoller({ startedMs, ask, lease, onStop }: PollerOptions) {
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
      onStop();
      return;
    }
    const serverSeconds = result === "failed" ? null : result;
    const waitMs = getWaitMs({ serverSeconds, failures: failures - 1, jitter: Math.random() });
    lease?.extend(Date.now() + waitMs);
    wait(waitMs);
  }

  function wait(waitMs: number) {
    timer = setTimeout(() => {
      // A hidden page does not poll; when it is shown again it asks at once.
      if (document.visibilityState !== "visible") return;
      const othersMs = lease?.acquire() ?? 0;
      if (othersMs > 0) wait(othersMs);
      else void askOnce();
    }, waitMs);
  }

  return {
    /** The customer asks in this tab, so it does not wait for another tab's lease. */
    askNow: () => void askOnce(),
    stop: () => {
      controller.abort();
      clearTimeout(timer);
      lease?.release();
    },
  };
}
