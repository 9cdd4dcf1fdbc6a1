"use client";
import type { ReactNode } from "react";
import type { Language } from "@/lib/language";
import { LanguageProvider } from "@/lib/useLanguage";
import { useOfflinePage } from "@/lib/useOfflinePage";

export function Providers({ language, children }: { language: Language; children: ReactNode }) {
  useOfflinePage();
  return <LanguageProvider initial={language}>{children}</LanguageProvider>;
}
