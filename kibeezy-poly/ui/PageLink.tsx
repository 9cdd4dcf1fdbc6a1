"use client";
import Link from "next/link";
import { useRouter } from "next/navigation";
import type { ComponentProps } from "react";

type Props = Omit<ComponentProps<typeof Link>, "href" | "prefetch"> & { href: string };

/**
 * A link that prefetches its page only on touch or hover, since mobile data costs the customer
 * money.
 */
export function PageLink({ href, ...rest }: Props) {
  const router = useRouter();
  const prepare = () => {
    router.prefetch(href);
  };
  return (
    <Link {...rest} href={href} prefetch={false} onTouchStart={prepare} onPointerEnter={prepare} />
  );
}
