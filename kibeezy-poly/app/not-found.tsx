"use client";
import Link from "next/link";
import { Notice } from "@/components/Notice";
import { useText } from "@/hooks/useLanguage";
import { commonMessages } from "@/lib/messages/common";

export default function NotFound() {
  const text = useText(commonMessages);
  return (
    <Notice title={text("notFoundTitle")}>
      <Link
        href="/wallet"
        className="inline-flex min-h-touch items-center font-semibold text-brand underline underline-offset-4"
      >
        {text("toWallet")}
      </Link>
    </Notice>
  );
}
