"use client";
import type { ReactNode } from "react";
import { DepositDock } from "@/components/DepositDock";
import { DepositSheetProvider } from "@/hooks/useDepositSheet";
import { useGoToLogin } from "@/hooks/useGoToLogin";
import { WalletProvider } from "@/hooks/useWallet";

/** What all pages inside share: the wallet, loaded once, and the deposit sheet with its pill. */
export function SignedIn({ children }: { children: ReactNode }) {
  const goToLogin = useGoToLogin();
  return (
    <WalletProvider onSignedOut={goToLogin}>
      <DepositSheetProvider>
        {children}
        <DepositDock onSignedOut={goToLogin} />
      </DepositSheetProvider>
    </WalletProvider>
  );
}
