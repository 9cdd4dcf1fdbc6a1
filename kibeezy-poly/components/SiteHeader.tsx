"use client";
import Link from "next/link";
import { usePathname, useRouter } from "next/navigation";
import { findPage } from "@/components/pages";
import { SiteNav } from "@/components/SiteNav";
import { LogoutButton } from "@/features/auth/LogoutButton";
import { commonMessages } from "@/lib/commonMessages";
import { useLanguage, useText } from "@/lib/useLanguage";

/**
 * The page's header: brand, choice of language and, for a signed-in customer, the log-out button.
 */
export function SiteHeader() {
  const text = useText(commonMessages);
  const { language, setLanguage } = useLanguage();
  const router = useRouter();
  const inside = findPage(usePathname()) !== null;
  const other = language === "en" ? "sw" : "en";
  return (
    <header className="mx-auto flex w-full max-w-5xl flex-wrap items-center gap-1 px-4 py-2 sm:px-6">
      <Link
        href="/wallet"
        className="mr-auto flex min-h-touch items-center gap-2.5 rounded-control text-lg font-bold tracking-tight"
      >
        <svg viewBox="0 0 32 32" aria-hidden="true" className="size-8">
          <rect width="32" height="32" rx="9" className="fill-brand" />
          <path
            d="M11 8v16m0-7 9-9m-7.500 7.500L21 24"
            className="fill-none stroke-on-brand"
            strokeWidth="3.200"
            strokeLinecap="round"
            strokeLinejoin="round"
          />
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
        className="min-h-touch rounded-control px-3 text-[0.95rem] font-medium text-ink-soft hover:bg-raised hover:text-ink"
      >
        {text("otherLanguage")}
      </button>
      {inside ? <LogoutButton /> : null}
    </header>
  );
}
