"use client";
import { useLinkStatus } from "next/link";
import { usePathname } from "next/navigation";
import { navMessages } from "@/components/navMessages";
import { findPage, type PageName, PAGES } from "@/components/pages";
import { useText } from "@/lib/useLanguage";
import { Icon, type IconName } from "@/ui/Icon";
import { PageLink } from "@/ui/PageLink";

const ICONS: Record<PageName, IconName> = {
  wallet: "wallet",
  deposits: "list",
  limits: "gauge",
  identity: "card",
  account: "account",
};

/**
 * Navigation between the five pages: at the foot of a phone's screen, in the header of a wide
 * screen. It scrolls sideways when the text is enlarged.
 */
export function SiteNav() {
  const text = useText(navMessages);
  const pathname = usePathname();
  const here = findPage(pathname);
  if (here === null) return null;
  return (
    <nav aria-label={text("pages")} className="site-nav">
      <ul className="flex min-w-max flex-1 md:gap-1">
        {PAGES.map((page) => (
          <li key={page} className="flex-1">
            <NavLink page={page} current={here === page} exact={pathname === `/${page}`} />
          </li>
        ))}
      </ul>
    </nav>
  );
}

type LinkProps = { page: PageName; current: boolean; exact: boolean };

function NavLink({ page, current, exact }: LinkProps) {
  return (
    <PageLink
      href={`/${page}`}
      aria-current={exact ? "page" : current ? "true" : undefined}
      className="flex h-full min-h-14 min-w-[4.25rem] flex-col items-center justify-center gap-0.5 border-t-3 border-transparent px-0.5 pb-1 text-[0.6875rem] leading-tight font-medium text-ink-soft hover:text-ink aria-[current]:border-brand aria-[current]:font-bold aria-[current]:text-brand md:min-h-touch md:min-w-0 md:flex-row md:rounded-control md:border-0 md:px-3 md:pb-0 md:text-[0.95rem] md:aria-[current]:bg-brand-soft md:aria-[current]:text-on-brand-soft"
    >
      <NavLabel page={page} />
    </PageLink>
  );
}

/** Marks the tapped page at once, before a slow network has loaded it. */
function NavLabel({ page }: { page: PageName }) {
  const text = useText(navMessages);
  const { pending } = useLinkStatus();
  return (
    <>
      <Icon name={ICONS[page]} className={`size-6 md:hidden ${pending ? "pulse-ring" : ""}`} />
      <span className={`whitespace-nowrap ${pending ? "underline underline-offset-4" : ""}`}>
        {text(page)}
      </span>
    </>
  );
}
