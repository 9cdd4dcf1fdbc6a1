"use client";
import Link from "next/link";
import { useRouter } from "next/navigation";
import { SiteNav } from "@/components/SiteNav";
import { commonMessages } from "@/lib/commonMessages";
import { useLanguage, useText } from "@/lib/useLanguage";

/** The page's header: brand, navigation and the choice of language. */
export function SiteHeader() {
  const text = useText(commonMessages);
  const { language, setLanguage } = useLanguage();
  const router = useRouter();
  const other = language === "en" ? "sw" : "en";
  return (
    <header className="mx-auto flex w-full max-w-5xl flex-wrap items-center gap-1 px-(--gutter) py-1 print:*:not-first:hidden">
      <Link
        href="/wallet"
        className="mr-auto flex min-h-touch items-center gap-2.5 rounded-control text-lg font-bold tracking-tight"
      >
        <svg viewBox="0 0 32 32" aria-hidden="true" className="size-8">
          <rect width="32" height="32" rx="9" fill="#07543a" />
          <g fill="none" strokeWidth="3.400" strokeLinecap="round">
            <path stroke="#fff" d="M11 8v16" />
            <path stroke="#8ce8bd" d="m15.500 15.500 6-6.500" />
            <path stroke="#fbc94a" d="m15.500 17.500 6 6" />
          </g>
        </svg>
        <span translate="no">{text("brand")}</span>
      </Link>
      <SiteNav />
      <button
        type="button"
        lang={other}
        onClick={() => {
          setLanguage(other);
          // The server renders the browser tab's title, so the page asks it for the title in the
          // new language.
          router.refresh();
        }}
        className="min-h-touch rounded-control px-3 font-medium text-ink-soft hover:bg-raised hover:text-ink"
      >
        {text("otherLanguage")}
      </button>
    </header>
  );
}
