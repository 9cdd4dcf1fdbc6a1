import type { Metadata, Viewport } from "next";
import { cookies } from "next/headers";
import type { ReactNode } from "react";
import { EnvironmentBand } from "@/components/EnvironmentBand";
import { SiteHeader } from "@/components/SiteHeader";
import { SkipLink } from "@/components/SkipLink";
import { getBuild } from "@/lib/build";
import { getPublicApiOrigin, getSupportAddress } from "@/lib/env";
import { LANGUAGE_COOKIE, parseLanguage } from "@/lib/language";
import { Providers } from "./providers";
import "./globals.css";

export const metadata: Metadata = {
  title: { default: "Kibeezy", template: "%s · Kibeezy" },
  description: "Deposit with M-PESA and see every shilling of it.",
  icons: { icon: "/icon.svg", apple: "/apple-touch-icon.png" },
  // Without these settings phones show amounts as links to telephone numbers.
  formatDetection: { telephone: false, date: false, address: false, email: false },
};

export const viewport: Viewport = {
  width: "device-width",
  initialScale: 1,
  themeColor: [
    { media: "(prefers-color-scheme: light)", color: "#f3f5f2" },
    { media: "(prefers-color-scheme: dark)", color: "#0c1210" },
  ],
};

/**
 * Reading the language cookie makes every page dynamic, which the nonce of the
 * Content-Security-Policy requires anyway.
 */
export default async function RootLayout({ children }: { children: ReactNode }) {
  const language = parseLanguage((await cookies()).get(LANGUAGE_COOKIE)?.value);
  const support = getSupportAddress();
  return (
    <html
      lang={language}
      data-api-origin={getPublicApiOrigin()}
      data-build={await getBuild()}
      data-support-email={support.email}
      data-support-phone={support.phone}
      suppressHydrationWarning
    >
      <body>
        <Providers language={language}>
          <SkipLink />
          <EnvironmentBand />
          <SiteHeader />
          {children}
        </Providers>
      </body>
    </html>
  );
}
