/** Which language the page speaks, remembered in a cookie so that the server already renders it. */

export type Language = "en" | "sw";

export const LANGUAGE_COOKIE = "language";

export function parseLanguage(value: string | null | undefined): Language {
  return value === "sw" ? "sw" : "en";
}

export function rememberLanguage(language: Language): void {
  document.cookie = `${LANGUAGE_COOKIE}=${language}; path=/; max-age=31536000; samesite=lax`;
  document.documentElement.lang = language;
}

/** The language on the screen now, as the API should answer in it. */
export function currentLanguage(): Language {
  return parseLanguage(document.documentElement.lang);
}
