"use client";
/** How M-Pesa fares right now: asked once or twice in a deposit, and watched only while the customer waits for it. */
import { type Dispatch, useEffect, useState } from "react";
import { getWeather, type Weather } from "@/features/deposit/api";
import type { DepositEvent, DepositState } from "@/features/deposit/deposit";
import { toApiError } from "@/lib/errors";
import { usePolling } from "@/lib/usePolling";

const WATCH_S = 20;

/** Null until known; without it nothing is promised and nothing is refused. */
export function useWeather(state: DepositState, dispatch: Dispatch<DepositEvent>): Weather | null {
  const [weather, setWeather] = useState<Weather | null>(null);
  const moment = getMoment(state);
  useEffect(() => {
    if (moment === null) return;
    const controller = new AbortController();
    getWeather(controller.signal).then(setWeather, toApiError);
    return () => {
      controller.abort();
    };
  }, [moment]);

  // No prompt is sent its way while M-Pesa is down.
  const isDown = state.kind === "confirming" && weather?.state === "down";
  useEffect(() => {
    if (isDown) dispatch({ type: "weatherDown" });
  }, [isDown, dispatch]);

  useWatch(state, dispatch, setWeather);
  return moment === null ? null : weather;
}

/** When to ask: as the review begins, and again when it takes long. */
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

/** Tells when M-Pesa works again, to those who want to know. */
function useWatch(
  state: DepositState,
  dispatch: Dispatch<DepositEvent>,
  setWeather: (weather: Weather) => void,
): void {
  const watched = state.kind === "providerDown" && state.watch === "watching" ? state : null;
  usePolling({
    subject: watched === null ? null : watched.amount,
    // It goes on for as long as the page is open, and rests while nobody looks at it.
    startedMs: Infinity,
    ask: async (signal) => {
      try {
        const weather = await getWeather(signal);
        setWeather(weather);
        const mustWait = watched?.retryAt != null && watched.retryAt > Date.now();
        if (weather.state === "down" || mustWait) return WATCH_S;
        dispatch({ type: "weatherCleared" });
        return null;
      } catch (thrown) {
        const error = toApiError(thrown);
        return error.code === "aborted" || error.status === 401 ? null : "failed";
      }
    },
  });
}
