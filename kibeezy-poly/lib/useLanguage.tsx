"use client";
/** The page's language, and the texts of a catalogue in that language. */
import { createContext, type ReactNode, useContext, useMemo, useState } from "react";
import { type Language, rememberLanguage } from "@/lib/language";
import { type Catalogue, fill, type Sentence, type Values } from "@/lib/text";

type LanguageContext = { language: Language; setLanguage: (language: Language) => void };

const Context = createContext<LanguageContext>({ language: "en", setLanguage: () => undefined });

type Props = { initial: Language; children: ReactNode };

export function LanguageProvider({ initial, children }: Props) {
  const [language, setState] = useState(initial);
  const value = useMemo(() => {
    const setLanguage = (next: Language) => {
      rememberLanguage(next);
      setState(next);
    };
    return { language, setLanguage };
  }, [language]);
  return <Context value={value}>{children}</Context>;
}

export function useLanguage(): LanguageContext {
  return useContext(Context);
}

export type Text<Messages extends Catalogue> = (name: keyof Messages, values?: Values) => string;

/** Gives a function that reads one catalogue: `text("balance")`. */
export function useText<Messages extends Catalogue>(messages: Messages): Text<Messages> {
  const { language } = useLanguage();
  return (name, values) => {
    const sentence: Sentence | undefined = messages[name];
    return sentence ? fill(sentence, language, values) : String(name);
  };
}
