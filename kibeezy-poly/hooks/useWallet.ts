"use client";
/** Who is signed in, what they have and what happened lately: loaded together, refreshed without flicker. */
import { useCallback, useEffect, useRef, useState } from "react";
import {
  getMe,
  getWallet,
  listMoreTransactions,
  listTransactions,
  type Me,
  type Transaction,
} from "@/lib/api";
import { type ApiError, toApiError } from "@/lib/errors";

export type WalletData = {
  me: Me;
  balance: string;
  transactions: Transaction[];
  next: string | null;
  loadedAt: number;
};

export type WalletState = {
  data: WalletData | null;
  /** Why the last load failed; older data stays on the screen. */
  error: ApiError | null;
  loading: boolean;
};

export function useWallet(onSignedOut: (wasSignedIn: boolean) => void) {
  const [state, setState] = useState<WalletState>({ data: null, error: null, loading: true });
  const latest = useRef(0);
  const signedIn = useRef(false);

  const settle = useCallback(
    (turn: number, result: Loaded) => {
      // A newer question is under way; its answer counts.
      if (turn !== latest.current) return;
      if ("data" in result) {
        signedIn.current = true;
        setState({ data: result.data, error: null, loading: false });
      } else if (result.error.status === 401) {
        onSignedOut(signedIn.current);
      } else {
        setState((old) => ({ ...old, error: result.error, loading: false }));
      }
    },
    [onSignedOut],
  );

  const refresh = useCallback(async () => {
    const turn = ++latest.current;
    setState((old) => ({ ...old, loading: true }));
    settle(turn, await load());
  }, [settle]);

  const loadMore = useCallback(async (next: string) => {
    const page = await listMoreTransactions(next);
    setState((old) =>
      old.data?.next === next ? { ...old, data: append(old.data, page.results, page.next) } : old,
    );
  }, []);

  useEffect(() => {
    const turn = ++latest.current;
    void load().then((result) => {
      settle(turn, result);
    });
  }, [settle]);

  return { ...state, refresh, loadMore };
}

type Loaded = { data: WalletData } | { error: ApiError };

async function load(): Promise<Loaded> {
  try {
    const [me, wallet, page] = await Promise.all([getMe(), getWallet(), listTransactions()]);
    const { results: transactions, next } = page;
    return { data: { me, balance: wallet.balance, transactions, next, loadedAt: Date.now() } };
  } catch (thrown) {
    return { error: toApiError(thrown) };
  }
}

function append(data: WalletData, older: Transaction[], next: string | null): WalletData {
  return { ...data, transactions: [...data.transactions, ...older], next };
}
