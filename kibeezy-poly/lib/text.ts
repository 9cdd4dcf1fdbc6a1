/** How a catalogue is written and read: one entry per sentence, both languages side by side. */
import type { Language } from "@/lib/language";

/** The Kiswahili is a draft that a native speaker has yet to review; M-Pesa, PIN and SMS stay as people say them. */
export type Sentence = { en: string; sw: string };

export type Catalogue = Record<string, Sentence>;

export type Values = Record<string, string | number>;

/** Fills `{name}` places; a place without a value stays visible rather than vanishing. */
export function fill(sentence: Sentence, language: Language, values: Values = {}): string {
  return sentence[language].replace(/\{(\w+)\}/g, (place, name: string) =>
    String(values[name] ?? place),
  );
}
