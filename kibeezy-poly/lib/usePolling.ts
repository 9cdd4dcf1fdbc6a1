"use client";
/**
 * Polls: each request is planned by the answer before it. Stops after ten minutes, and pauses while
 * the page is hidden.
 */
import { useEffect, useEffectEvent, useRef } from "react";
import type { ApiError } from "@/lib/errors";
import { getWaitMs, isTooLong } from "@/lib/polling";
import { serverNow } from "@/lib/time";
import { useReturn } from "@/lib/useReturn";

/** The seconds until the next request; null to stop; "failed" if no answer came. */
export type PollResult = number | null | "failed";

/**
 * What an error of a poll means, for every poll of one deposit: `gone` if the API itself says that
 * there is no such deposit (any other 404 comes from a proxy, for example during a deployment),
 * `signedOut` after the session's end, null after an abort, else when to ask again.
 */
export function readPollError(error: ApiError): PollResult | "gone" | "signedOut" {
  if (error.code === "aborted") return null;
  if (error.status === 401) return "signedOut";
  if (error.code === "not_found") return "gone";
  return error.retryAfter ?? "failed";
}

/** The right to poll, held by one of several tabs that follow the same deposit. */
export type Lease = {
  /**
   * Takes the lease and returns 0; if another tab holds it, returns the milliseconds until it
   * expires.
   */
  acquire: () => number;
  extend: (nextAt: number) => void;
  release: () => void;
};

type Options = {
  /** The id that is polled. A new id starts polling again; null stops it. */
  subject: number | null;
  /**
   * The start by the server's clock, since a phone's clock may be minutes wrong. Polling stops ten
   * minutes after it.
   */
  startedMs: number;
  ask: (signal: AbortSignal) => Promise<PollResult>;
  lease?: Lease;
  /**
   * Called when automatic polling stops; after that only a return to the page or a tap sends a
   * request.
   */
  onStop?: () => void;
};

/** Polls until stopped; the returned function sends a request at once. */
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
      // A hidden page does not poll; when it is visible again it sends a request at once.
      if (document.visibilityState !== "visible") return;
      const othersMs = lease?.acquire() ?? 0;
      if (othersMs > 0) wait(othersMs);
      else void askOnce();
    }, waitMs);
  }

  return {
    /**
     * Sends a request at once, without waiting for another tab's lease, since the customer asks in
     * this tab.
     */
    askNow: () => void askOnce(),
    stop: () => {
      controller.abort();
      clearTimeout(timer);
      lease?.release();
    },
  };
}
