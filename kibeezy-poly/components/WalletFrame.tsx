"use client";
import type { ReactNode } from "react";
import { SiteHeader } from "@/components/SiteHeader";
import { useText } from "@/hooks/useLanguage";
import { walletMessages } from "@/lib/messages/wallet";

type Props = { actions?: ReactNode; children: ReactNode };

export function WalletFrame({ actions, children }: Props) {
  const text = useText(walletMessages);
  return (
    <>
      <SiteHeader>{actions}</SiteHeader>
      <main id="content" className="mx-auto w-full max-w-5xl px-4 pt-2 pb-28 sm:px-6 lg:pt-6">
        <h1 className="sr-only">{text("title")}</h1>
        {children}
      </main>
    </>
  );
}
