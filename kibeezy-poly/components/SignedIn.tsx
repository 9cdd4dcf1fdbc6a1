"use client";
import type { ReactNode } from "react";
import { DepositDock } from "@/components/DepositDock";
import { OtherAccountNotice } from "@/components/OtherAccountNotice";
import { DepositSheetProvider } from "@/features/deposit/useDepositSheet";
import { useGoToLogin } from "@/lib/useGoToLogin";
import { WalletProvider } from "@/lib/useWallet";

const loadModal = () => import("@/components/DepositModal");

/**
 * Gives all pages of a signed-in customer the wallet, loaded once, and the deposit sheet with its
 * pill.
 */
export function SignedIn({ children }: { children: ReactNode }) {
  const goToLogin = useGoToLogin();
  return (
    <WalletProvider>
      <DepositSheetProvider load={loadModal}>
        <OtherAccountNotice />
        {children}
        <DepositDock onSignedOut={goToLogin} />
      </DepositSheetProvider>
    </WalletProvider>
  );
}
