"use client";
import type { ReactNode } from "react";
import { walletMessages } from "@/features/wallet/messages";
import { useText } from "@/lib/useLanguage";

export function WalletFrame({ children }: { children: ReactNode }) {
  const text = useText(walletMessages);
  return (
    <main
      id="content"
      tabIndex={-1}
      className="mx-auto w-full max-w-5xl px-(--gutter) pt-2 pb-(--foot-height) outline-none"
    >
      <h1 className="sr-only">{text("title")}</h1>
      {children}
    </main>
  );
}
