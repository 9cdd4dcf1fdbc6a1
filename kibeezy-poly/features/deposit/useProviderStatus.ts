"use client";
/**
 * Fetches the provider status (how fast M-Pesa confirms): once or twice per deposit, and repeatedly
 * only while the customer waits for M-Pesa to work again.
 */
import { type Dispatch, useEffect, useState } from "react";
import { getProviderStatus, type ProviderStatus } from "@/features/deposit/api";
import type { DepositEvent, DepositState } from "@/features/deposit/states";
import { toApiError } from "@/lib/errors";
import { usePolling } from "@/lib/usePolling";

const WATCH_S = 20;

/**
 * The provider status; null until known, and then no usual duration is shown and no deposit is held
 * back.
 */
export function useProviderStatus(
  state: DepositState,
  dispatch: Dispatch<DepositEvent>,
): ProviderStatus | null {
  const [providerStatus, setStatus] = useState<ProviderStatus | null>(null);
  const moment = getMoment(state);
  useEffect(() => {
    if (moment === null) return;
    const controller = new AbortController();
    getProviderStatus(controller.signal).then(setStatus, toApiError);
    return () => {
      controller.abort();
    };
  }, [moment]);

  // While M-Pesa is down the review does not send a prompt: it changes to the view of the outage.
  const isDown = state.kind === "confirming" && providerStatus?.state === "down";
  useEffect(() => {
    if (isDown) dispatch({ type: "providerWentDown" });
  }, [isDown, dispatch]);

  useWatch(state, dispatch, setStatus);
  return moment === null ? null : providerStatus;
}

/**
 * When to fetch the provider status: at the review ("start"), and again when the deposit is late.
 */
function getMoment(state: DepositState): "start" | "late" | null {
  switch (state.kind) {
    case "confirming":
    case "sending":
    case "awaitingPin":
      return "start";
    case "checking":
      return state.late ? "late" : "start";
    default:
      return null;
  }
}

/** While the customer waits for M-Pesa, polls the provider status until M-Pesa works again. */
function useWatch(
  state: DepositState,
  dispatch: Dispatch<DepositEvent>,
  setStatus: (providerStatus: ProviderStatus) => void,
): void {
  const watched = state.kind === "providerDown" && state.watch === "watching" ? state : null;
  usePolling({
    subject: watched === null ? null : watched.amount,
    // No time limit: it polls as long as the page is open and visible.
    startedMs: Infinity,
    ask: async (signal) => {
      try {
        const providerStatus = await getProviderStatus(signal);
        setStatus(providerStatus);
        const mustWait = watched?.retryAt != null && watched.retryAt > Date.now();
        if (providerStatus.state === "down" || mustWait) return WATCH_S;
        dispatch({ type: "providerRecovered" });
        return null;
      } catch (thrown) {
        const error = toApiError(thrown);
        return error.code === "aborted" || error.status === 401 ? null : "failed";
      }
    },
  });
}
