"use client";
/**
 * Loads one resource of the API, once per key. A refresh keeps the old data on the screen until the
 * new data arrives; an ended session leads to the log-in page.
 */
import { useCallback, useEffect, useEffectEvent, useRef, useState } from "react";
import { type ApiError, toApiError } from "@/lib/errors";
import { useGoToLogin } from "@/lib/useGoToLogin";
import { useLanguage } from "@/lib/useLanguage";

type State<T> = { key: string; data: T | null; error: ApiError | null; loading: boolean };

export type Resource<T> = Omit<State<T>, "key"> & {
  refresh: () => void;
  /** Changes the loaded data by what another answer of the API said about it. */
  put: (change: (data: T) => T) => void;
};

/** `initial` is what the page's server has read already: it is not loaded again. */
export function useResource<T>(
  load: () => Promise<T>,
  key = "",
  initial: (() => T) | null = null,
): Resource<T> {
  const goToLogin = useGoToLogin();
  const { language } = useLanguage();
  const [state, setState] = useState<State<T>>(() =>
    initial === null ? start(key) : { key, data: initial(), error: null, loading: false },
  );
  const latest = useRef(0);
  const signedIn = useRef(initial !== null);
  const isGiven = useRef(initial !== null);

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
    if (isGiven.current) {
      isGiven.current = false;
      return;
    }
    const request = ++latest.current;
    void ask().then((result) => {
      // If a newer request has been sent since, this answer is ignored.
      if (request === latest.current) take(result, key);
    });
    // A change of language loads again, since the API's sentences come in the language of the
    // request.
  }, [key, round, language]);

  const refresh = useCallback(() => {
    setState((old) => ({ ...old, loading: true }));
    setRound((old) => old + 1);
  }, []);
  const put = useCallback((change: (data: T) => T) => {
    // The answer to a request sent before this change would undo the change, so it is ignored.
    latest.current += 1;
    setState((old) =>
      old.data === null ? old : { ...old, data: change(old.data), loading: false },
    );
  }, []);

  // Data loaded for another key is not shown.
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
