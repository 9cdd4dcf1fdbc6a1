import { render, type RenderResult } from "@testing-library/react";
import userEvent, { type UserEvent } from "@testing-library/user-event";
import type { ReactElement } from "react";
import type { Language } from "@/lib/language";
import { LanguageProvider } from "@/lib/useLanguage";

/** Renders in one language, with a simulated user. */
export function renderPage(
  page: ReactElement,
  language: Language = "en",
): RenderResult & { user: UserEvent } {
  document.documentElement.lang = language;
  const user = userEvent.setup();
  return { user, ...render(<LanguageProvider initial={language}>{page}</LanguageProvider>) };
}
