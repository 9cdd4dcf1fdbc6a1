import type { ReactNode } from "react";
import { SiteHeader } from "@/components/SiteHeader";

export default function AuthLayout({ children }: { children: ReactNode }) {
  return (
    <>
      <SiteHeader />
      <main id="content" className="mx-auto w-full max-w-md px-4 pt-4 pb-12 sm:pt-12">
        {children}
      </main>
    </>
  );
}
