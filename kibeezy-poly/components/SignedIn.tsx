"use client";
import type { ReactNode } from "react";
import { DepositDock } from "@/components/DepositDock";
import { DepositSheetProvider } from "@/features/deposit/useDepositSheet";
import { useGoToLogin } from "@/lib/useGoToLogin";
import { WalletProvider } from "@/lib/useWallet";

const loadModal = () => import("@/components/DepositModal");

/** What all pages of a signed-in customer share: the wallet, loaded once, and the deposit sheet with its pill. */
export function SignedIn({ children }: { children: ReactNode }) {
  const goToLogin = useGoToLogin();
  return (
    <WalletProvider>
      <DepositSheetProvider load={loadModal}>
        {children}
        <DepositDock onSignedOut={goToLogin} />
      </DepositSheetProvider>
    </WalletProvider>
  );
}
