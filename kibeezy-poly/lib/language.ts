/** The page's language, stored in a cookie so that the server renders the page in it. */

export type Language = "en" | "sw";

export const LANGUAGE_COOKIE = "language";

export function parseLanguage(value: string | null | undefined): Language {
  return value === "sw" ? "sw" : "en";
}

export function rememberLanguage(language: Language): void {
  document.cookie = `${LANGUAGE_COOKIE}=${language}; path=/; max-age=31536000; samesite=lax`;
  document.documentElement.lang = language;
}

/** The language of the page on the screen, in which the API should answer. */
export function currentLanguage(): Language {
  return parseLanguage(document.documentElement.lang);
}
