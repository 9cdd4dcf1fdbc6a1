/** Catalogues of texts: one entry per sentence, both languages side by side. */
import type { Language } from "@/lib/language";

/** The Kiswahili is a draft that a native speaker has yet to review; M-Pesa, PIN and SMS are not translated. */
export type Sentence = { en: string; sw: string };

export type Catalogue = Record<string, Sentence>;

export type Values = Record<string, string | number>;

/** Fills the `{name}` placeholders; one without a value stays visible. */
export function fill(sentence: Sentence, language: Language, values: Values = {}): string {
  return sentence[language].replace(/\{(\w+)\}/g, (place, name: string) =>
    String(values[name] ?? place),
  );
}
