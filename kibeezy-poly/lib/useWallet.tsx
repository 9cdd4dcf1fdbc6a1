"use client";
/**
 * The customer, the balance and the recent deposits: loaded together and shared by all pages. A
 * refresh keeps the old data on the screen meanwhile.
 */
import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo } from "react";
import { watchAccount } from "@/lib/account";
import {
  followPage,
  getMe,
  getWallet,
  listTransactions,
  type Me,
  type Transaction,
  type TransactionPage,
} from "@/lib/api";
import { noteEnvironment } from "@/lib/environment";
import { type Start, takeStart } from "@/lib/start";
import { type Resource, useResource } from "@/lib/useResource";
import { useReturn } from "@/lib/useReturn";

export type WalletData = {
  me: Me;
  balance: string;
  transactions: Transaction[];
  next: string | null;
  loadedAt: number;
};

type Wallet = Omit<Resource<WalletData>, "put"> & {
  loadMore: (next: string) => Promise<void>;
  /**
   * Applies the server's newer version of a deposit, and of the balance unless null, without
   * loading everything again.
   */
  put: (transaction: Transaction, balance: string | null) => void;
};

const Context = createContext<Wallet | null>(null);

const FRESH_MS = 30_000;

type Props = { start?: Start | null; children: ReactNode };

export function WalletProvider({ start = null, children }: Props) {
  const wallet = useLoadedWallet(start);
  const { data, loading, refresh } = wallet;
  useReturn(() => {
    // The wallet is not loaded at every return from the M-Pesa prompt: the deposit under way polls
    // its own status.
    if (!loading && (data === null || Date.now() - data.loadedAt > FRESH_MS)) refresh();
  });
  useEffect(() => watchAccount(refresh), [refresh]);
  return (
    <Context value={wallet}>
      <StartLimits value={start === null ? null : start.limits}>{children}</StartLimits>
    </Context>
  );
}

const StartLimits = createContext<Start["limits"]>(null);

/** The limits as of the first paint, until something is loaded again; null if they are not known. */
export function useStartLimits(): Start["limits"] {
  return useContext(StartLimits);
}

const noop = () => undefined;
const AWAITED: Wallet = {
  data: null,
  error: null,
  loading: true,
  refresh: noop,
  put: noop,
  loadMore: () => Promise.resolve(),
};

/** The wallet while the page's server still awaits it: nothing is asked, since the answer comes. */
export function AwaitedWallet({ children }: { children: ReactNode }) {
  return <Context value={AWAITED}>{children}</Context>;
}

export function useWallet(): Wallet {
  const wallet = useContext(Context);
  if (wallet === null) throw new Error("useWallet needs a WalletProvider.");
  return wallet;
}

function useLoadedWallet(start: Start | null): Wallet {
  const {
    data,
    error,
    loading,
    refresh,
    put: change,
  } = useResource(load, "", start === null ? null : () => toData(start));
  useEffect(() => {
    noteEnvironment(start?.environment ?? null);
  }, [start]);

  const loadMore = useCallback(
    async (next: string) => {
      const { results, next: following } = await followPage<TransactionPage>(next);
      change((old) => (old.next === next ? append(old, results, following) : old));
    },
    [change],
  );
  const put = useCallback(
    (transaction: Transaction, balance: string | null) => {
      change((old) => upsert(old, transaction, balance));
    },
    [change],
  );

  return useMemo(
    () => ({ data, error, loading, refresh, loadMore, put }),
    [data, error, loading, refresh, loadMore, put],
  );
}

async function load(): Promise<WalletData> {
  const [me, wallet, page] = await Promise.all([getMe(), getWallet(), listTransactions()]);
  const { results: transactions, next } = page;
  return { me, balance: wallet.balance, transactions, next, loadedAt: Date.now() };
}

function toData(start: Start): WalletData {
  const { me, wallet, page } = start;
  const { results: transactions, next } = page;
  return { me, balance: wallet.balance, transactions, next, loadedAt: takeStart(start) };
}

function upsert(data: WalletData, transaction: Transaction, balance: string | null): WalletData {
  const others = data.transactions.filter(({ id }) => id !== transaction.id);
  const transactions = [...others, transaction].sort((one, two) => two.id - one.id);
  return { ...data, transactions, balance: balance ?? data.balance };
}

function append(data: WalletData, older: Transaction[], next: string | null): WalletData {
  return { ...data, transactions: [...data.transactions, ...older], next };
}
