"use client";
import type { ReactNode } from "react";
import type { Language } from "@/lib/language";
import { LanguageProvider } from "@/lib/useLanguage";

export function Providers({ language, children }: { language: Language; children: ReactNode }) {
  return <LanguageProvider initial={language}>{children}</LanguageProvider>;
}
