"use client";
import { lazy, type ReactNode, Suspense, useSyncExternalStore } from "react";
import { DepositDock } from "@/components/DepositDock";
import { DepositSheetProvider } from "@/features/deposit/useDepositSheet";
import { PaybillProvider } from "@/features/paybill";
import { useGoToLogin } from "@/lib/useGoToLogin";
import { wasStartedAfresh } from "@/lib/startAfresh";
import { WalletProvider } from "@/lib/useWallet";

const loadModal = () => import("@/components/DepositModal");
const loadHand = () => import("@/features/deposit/HandPaymentView");
const OtherAccountNotice = lazy(() =>
  import("@/components/OtherAccountNotice").then(
    (loaded) => ({ default: loaded.OtherAccountNotice }),
    // Without its code the notice is left out: the page is right without it.
    () => ({ default: () => null }),
  ),
);

/**
 * Gives all pages of a signed-in customer the wallet, loaded once, and the deposit sheet with its
 * pill.
 */
export function SignedIn({ children }: { children: ReactNode }) {
  const goToLogin = useGoToLogin();
  return (
    <WalletProvider>
      <PaybillProvider>
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
