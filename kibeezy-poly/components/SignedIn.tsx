"use client";
import { lazy, type ReactNode, Suspense, use, useState, useSyncExternalStore } from "react";
import { DepositDock } from "@/components/DepositDock";
import { DepositSheetProvider } from "@/features/deposit/useDepositSheet";
import { PaybillProvider } from "@/features/paybill";
import { commonMessages } from "@/lib/commonMessages";
import { formatKes } from "@/lib/money";
import { formatMaskedPhone } from "@/lib/phone";
import { useGoToLogin } from "@/lib/useGoToLogin";
import { wasStartedAfresh } from "@/lib/startAfresh";
import type { Awaited, Start } from "@/lib/start";
import { AwaitedWallet, WalletProvider } from "@/lib/useWallet";
import { Alert } from "@/ui/Alert";
import { Button } from "@/ui/Button";
import { FactList } from "@/ui/FactList";
import { Icon } from "@/ui/Icon";
import { PageLink } from "@/ui/PageLink";
import { Sentence } from "@/ui/Sentence";

/**
 * What every page and the sheet are made of. By this mention it belongs to the layout: otherwise the
 * bundler puts it into the sheet's scripts a second time.
 */
const SHARED = [
  Alert,
  Button,
  FactList,
  Icon,
  PageLink,
  Sentence,
  commonMessages,
  formatKes,
  formatMaskedPhone,
];

const loadModal = () => import("@/components/DepositModal");
const loadHand = () => import("@/features/deposit/HandPaymentView");
const OtherAccountNotice = lazy(() =>
  import("@/components/OtherAccountNotice").then(
    (loaded) => ({ default: loaded.OtherAccountNotice }),
    // Without its code the notice is left out: the page is right without it.
    () => ({ default: () => null }),
  ),
);

type Props = { start?: Awaited; children: ReactNode };

/**
 * Gives all pages of a signed-in customer the wallet, loaded once, and the deposit sheet with its
 * pill. `start` is what the page's server has read, or still awaits.
 */
export function SignedIn({ start = null, children }: Props) {
  // Only the first counts: the layout has none when the page is refreshed later, and another
  // structure of elements here would lose the state of the sheet.
  const [first] = useState(start);
  if (first === null || !("then" in first)) return <Started start={first}>{children}</Started>;
  return (
    <Suspense
      fallback={
        <AwaitedWallet>
          <DepositSheetProvider load={loadModal} loadHand={loadHand}>
            {children}
          </DepositSheetProvider>
        </AwaitedWallet>
      }
    >
      <StartedLate start={first}>{children}</StartedLate>
    </Suspense>
  );
}

function StartedLate({ start, children }: { start: Promise<Start | null>; children: ReactNode }) {
  return <Started start={use(start)}>{children}</Started>;
}

function Started({ start, children }: { start: Start | null; children: ReactNode }) {
  const goToLogin = useGoToLogin();
  return (
    <WalletProvider start={start} key={SHARED.length}>
      <PaybillProvider start={start === null ? undefined : start.paybill}>
        <DepositSheetProvider load={loadModal} loadHand={loadHand}>
          <StartNotice />
          {children}
          <DepositDock onSignedOut={goToLogin} />
        </DepositSheetProvider>
      </PaybillProvider>
    </WalletProvider>
  );
}

const never = () => () => undefined;

/** Says why the page was loaded afresh. It is rare, so the first load does not include it. */
export function StartNotice() {
  const isAfresh = useSyncExternalStore(never, wasStartedAfresh, () => false);
  if (!isAfresh) return null;
  return (
    <Suspense>
      <OtherAccountNotice />
    </Suspense>
  );
}
