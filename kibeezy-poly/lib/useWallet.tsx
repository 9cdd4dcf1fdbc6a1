"use client";
/** The customer, the balance and the recent deposits: loaded together, shared by all pages, refreshed without flicker. */
import {
  createContext,
  Fragment,
  type ReactNode,
  useCallback,
  useContext,
  useEffect,
  useMemo,
  useRef,
  useState,
} from "react";
import {
  followPage,
  getMe,
  getWallet,
  listTransactions,
  type Me,
  type Transaction,
  type TransactionPage,
} from "@/lib/api";
import { type ApiError, toApiError } from "@/lib/errors";
import { useReturn } from "@/lib/useReturn";

export type WalletData = {
  me: Me;
  balance: string;
  transactions: Transaction[];
  next: string | null;
  loadedAt: number;
};

type WalletState = {
  data: WalletData | null;
  /** Why the last load failed; older data stays on the screen. */
  error: ApiError | null;
  loading: boolean;
};

type Wallet = WalletState & {
  refresh: () => void;
  loadMore: (next: string) => Promise<void>;
  /** Applies what the server said about one deposit, and perhaps the balance, without loading everything again. */
  put: (transaction: Transaction, balance: string | null) => void;
};

const Context = createContext<Wallet | null>(null);

const FRESH_MS = 30_000;

type Props = { onSignedOut: (wasSignedIn: boolean) => void; children: ReactNode };

export function WalletProvider({ onSignedOut, children }: Props) {
  const wallet = useLoadedWallet(onSignedOut);
  const { data, loading, refresh } = wallet;
  useReturn(() => {
    // Not at every return from the M-Pesa prompt: the deposit under way polls its own status.
    if (!loading && (data === null || Date.now() - data.loadedAt > FRESH_MS)) refresh();
  });
  return (
    <Context value={wallet}>
      <Fragment key={useCustomerKey(data?.me.id ?? null)}>{children}</Fragment>
    </Context>
  );
}

/** Changes when another customer has logged in from another tab, so that nothing of the previous one stays on the page. */
function useCustomerKey(id: number | null): number | null {
  const [first, setFirst] = useState(id);
  if (first === null && id !== null) setFirst(id);
  // The first customer keeps key null: the pages that have begun to load are theirs.
  return id === first ? null : id;
}

export function useWallet(): Wallet {
  const wallet = useContext(Context);
  if (wallet === null) throw new Error("useWallet needs a WalletProvider.");
  return wallet;
}

function useLoadedWallet(onSignedOut: Props["onSignedOut"]): Wallet {
  const [state, setState] = useState<WalletState>({ data: null, error: null, loading: true });
  const latest = useRef(0);
  const signedIn = useRef(false);

  const settle = useCallback(
    (request: number, result: Loaded) => {
      // A newer question is under way; its answer counts.
      if (request !== latest.current) return;
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

  const ask = useCallback(() => {
    const request = ++latest.current;
    void load().then((result) => {
      settle(request, result);
    });
  }, [settle]);

  const refresh = useCallback(() => {
    setState((old) => ({ ...old, loading: true }));
    ask();
  }, [ask]);

  const loadMore = useCallback(async (next: string) => {
    const page = await followPage<TransactionPage>(next);
    setState((old) =>
      old.data?.next === next ? { ...old, data: append(old.data, page.results, page.next) } : old,
    );
  }, []);

  const put = useCallback((transaction: Transaction, balance: string | null) => {
    // What was asked for before this is older than it.
    latest.current += 1;
    setState((old) =>
      old.data === null
        ? old
        : { data: upsert(old.data, transaction, balance), error: null, loading: false },
    );
  }, []);

  useEffect(ask, [ask]);

  return useMemo(() => ({ ...state, refresh, loadMore, put }), [state, refresh, loadMore, put]);
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

function upsert(data: WalletData, transaction: Transaction, balance: string | null): WalletData {
  const others = data.transactions.filter(({ id }) => id !== transaction.id);
  const transactions = [...others, transaction].sort((one, two) => two.id - one.id);
  return { ...data, transactions, balance: balance ?? data.balance };
}

function append(data: WalletData, older: Transaction[], next: string | null): WalletData {
  return { ...data, transactions: [...data.transactions, ...older], next };
}
