"use client";
import { useLinkStatus } from "next/link";
import { usePathname } from "next/navigation";
import { navMessages } from "@/components/navMessages";
import { findPage, type PageName, PAGES } from "@/components/pages";
import { useText } from "@/lib/useLanguage";
import { Icon, type IconName } from "@/ui/Icon";
import { PageLink } from "@/ui/PageLink";

const ICONS: Record<PageName, IconName> = {
  wallet: "home",
  deposits: "list",
  account: "account",
};

/** Navigation between the three pages: at the foot of a phone, in the header of a wide screen. */
export function SiteNav() {
  const text = useText(navMessages);
  const pathname = usePathname();
  const here = findPage(pathname);
  if (here === null) return null;
  return (
    <nav aria-label={text("pages")} className="site-nav">
      <ul className="flex flex-1 justify-center md:gap-1">
        {PAGES.map((page) => (
          <li key={page} className="max-w-40 flex-1 md:max-w-none md:flex-none">
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
      className="nav-link"
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
      <Icon name={ICONS[page]} className={pending ? "pulse-ring" : ""} />
      <span className={pending ? "underline underline-offset-4" : ""}>{text(page)}</span>
    </>
  );
}
