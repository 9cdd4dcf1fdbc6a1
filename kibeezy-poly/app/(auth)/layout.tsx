import type { ReactNode } from "react";

export default function AuthLayout({ children }: { children: ReactNode }) {
  return (
    <main id="content" className="mx-auto w-full max-w-md px-4 pt-4 pb-12 sm:pt-12">
      {children}
    </main>
  );
}
