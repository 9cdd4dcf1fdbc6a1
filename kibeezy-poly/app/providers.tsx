"use client";
import type { ReactNode } from "react";
import { LanguageProvider } from "@/hooks/useLanguage";
import type { Language } from "@/lib/language";

export function Providers({ language, children }: { language: Language; children: ReactNode }) {
  return <LanguageProvider initial={language}>{children}</LanguageProvider>;
}
