"use client";
/** One resource of the API: loaded once per key, refreshed without flicker; an ended session leads to log in. */
import { useCallback, useEffect, useEffectEvent, useRef, useState } from "react";
import { type ApiError, toApiError } from "@/lib/errors";
import { useGoToLogin } from "@/lib/useGoToLogin";
import { useLanguage } from "@/lib/useLanguage";

type State<T> = { key: string; data: T | null; error: ApiError | null; loading: boolean };

export type Resource<T> = Omit<State<T>, "key"> & {
  refresh: () => void;
  /** Changes the data by what another answer said about it. */
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
    const request = ++latest.current;
    void ask().then((result) => {
      // When a newer request is under way, only its answer counts.
      if (request === latest.current) take(result, key);
    });
    // `language`: the server's sentences come in the language of the request.
  }, [key, round, language]);

  const refresh = useCallback(() => {
    setState((old) => ({ ...old, loading: true }));
    setRound((old) => old + 1);
  }, []);
  const put = useCallback((change: (data: T) => T) => {
    // An answer that was requested before this change is older than it.
    latest.current += 1;
    setState((old) =>
      old.data === null ? old : { ...old, data: change(old.data), loading: false },
    );
  }, []);

  // Data of another key is not shown.
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
