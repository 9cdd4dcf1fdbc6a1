"use client";
import Link from "next/link";
import { commonMessages } from "@/lib/commonMessages";
import { useText } from "@/lib/useLanguage";
import { Notice } from "@/ui/Notice";

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
