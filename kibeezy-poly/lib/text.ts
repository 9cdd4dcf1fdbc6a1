/** Catalogues of texts: one entry per sentence, with English and Kiswahili side by side. */
import type { Language } from "@/lib/language";

/**
 * A text in both languages. The Kiswahili is a draft that a native speaker has not reviewed yet;
 * M-PESA, PIN and SMS are not translated.
 */
export type Sentence = { en: string; sw: string };

export type Catalogue = Record<string, Sentence>;

export type Values = Record<string, string | number>;

export const NO_BREAK_HYPHEN = "\u2011";

/**
 * Writes M-PESA in one way, with a hyphen at which no line breaks. The catalogues, and the API,
 * have the ordinary one; what is copied or shared gets it back (`looseText`). Some texts of the API
 * are promised or stored as M-Pesa.
 */
export function keepName(text: string): string {
  return text.replaceAll(/M-P(?:ESA|esa)\b/g, `M${NO_BREAK_HYPHEN}PESA`);
}

/** Fills the `{name}` placeholders of a text; a placeholder without a value stays visible. */
export function fill(sentence: Sentence, language: Language, values: Values = {}): string {
  const text = sentence[language].replace(/\{(\w+)\}/g, (place, name: string) =>
    String(values[name] ?? place),
  );
  return keepName(text);
}

/**
 * For the attribute `translate` of a value: amounts, codes, numbers and times stay as they are when
 * the browser translates the page; words may be translated.
 */
export function keepFigures(value: unknown): "no" | undefined {
  return typeof value === "string" && /\d/.test(value) ? "no" : undefined;
}
