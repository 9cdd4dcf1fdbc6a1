/** Catalogues of texts: one entry per sentence, with English and Kiswahili side by side. */
import type { Language } from "@/lib/language";

/**
 * A text in both languages. The Kiswahili is a draft that a native speaker has not reviewed yet;
 * M-Pesa, PIN and SMS are not translated.
 */
export type Sentence = { en: string; sw: string };

export type Catalogue = Record<string, Sentence>;

export type Values = Record<string, string | number>;

/** Fills the `{name}` placeholders of a text; a placeholder without a value stays visible. */
export function fill(sentence: Sentence, language: Language, values: Values = {}): string {
  return sentence[language].replace(/\{(\w+)\}/g, (place, name: string) =>
    String(values[name] ?? place),
  );
}

/**
 * For the attribute `translate` of a value: amounts, codes, numbers and times stay as they are when
 * the browser translates the page; words may be translated.
 */
export function keepFigures(value: unknown): "no" | undefined {
  return typeof value === "string" && /\d/.test(value) ? "no" : undefined;
}
