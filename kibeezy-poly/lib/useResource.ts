"use client";
/** One thing of the API on a page: loaded once per key, refreshed without flicker, led to log in when signed out. */
import { useCallback, useEffect, useEffectEvent, useRef, useState } from "react";
import { type ApiError, toApiError } from "@/lib/errors";
import { useGoToLogin } from "@/lib/useGoToLogin";
import { useLanguage } from "@/lib/useLanguage";

type State<T> = { key: string; data: T | null; error: ApiError | null; loading: boolean };

export type Resource<T> = Omit<State<T>, "key"> & {
  refresh: () => void;
  /** Takes what another answer said about the same thing. */
  put: (change: (data: T) => T) => void;
};

export function useResource<T>(load: () => Promise<T>, key = ""): Resource<T> {
  const goToLogin = useGoToLogin();
  const { language } = useLanguage();
  const [state, setState] = useState<State<T>>(() => start(key));
  const latest = useRef(0);
  const signedIn = useRef(false);

  const ask = useEffectEvent(() => settle(load));
  const take = useEffectEvent((result: Settled<T>, asked: string) => {
    if ("data" in result) {
      signedIn.current = true;
      setState({ key: asked, data: result.data, error: null, loading: false });
    } else if (result.error.status === 401) {
      goToLogin(signedIn.current);
    } else {
      const { error } = result;
      setState((old) => ({ ...(old.key === asked ? old : start(asked)), error, loading: false }));
    }
  });

  const [round, setRound] = useState(0);
  useEffect(() => {
    const turn = ++latest.current;
    void ask().then((result) => {
      // A newer question is under way; its answer counts.
      if (turn === latest.current) take(result, key);
    });
    // The server's own sentences come in the language of the question.
  }, [key, round, language]);

  const refresh = useCallback(() => {
    setState((old) => ({ ...old, loading: true }));
    setRound((old) => old + 1);
  }, []);
  const put = useCallback((change: (data: T) => T) => {
    // An answer that was asked for before this one is older than it.
    latest.current += 1;
    setState((old) =>
      old.data === null ? old : { ...old, data: change(old.data), loading: false },
    );
  }, []);

  // What belongs to another key is not shown for this one.
  const { data, error, loading } = state.key === key ? state : start<T>(key);
  return { data, error, loading, refresh, put };
}

function start<T>(key: string): State<T> {
  return { key, data: null, error: null, loading: true };
}

type Settled<T> = { data: T } | { error: ApiError };

async function settle<T>(load: () => Promise<T>): Promise<Settled<T>> {
  try {
    return { data: await load() };
  } catch (thrown) {
    return { error: toApiError(thrown) };
  }
}
