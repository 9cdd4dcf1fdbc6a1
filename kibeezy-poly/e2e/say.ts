/**
 * Gives the page's texts in the language of the scenario, so that one scenario checks both
 * languages.
 */
import { codeMessages } from "@/features/auth/codeMessages";
import { authMessages } from "@/features/auth/messages";
import { depositMessages } from "@/features/deposit/messages";
import { resultMessages } from "@/features/deposit/resultMessages";
import { unclearMessages } from "@/features/deposit/unclearMessages";
import { handMessages } from "@/features/paybill/handMessages";
import { paybillMessages } from "@/features/paybill/views/messages";
import { walletMessages } from "@/features/wallet/messages";
import { commonMessages } from "@/lib/commonMessages";
import type { Language } from "@/lib/language";
import { type Catalogue, fill, type Values } from "@/lib/text";
import { passwordMessages } from "@/ui/passwordMessages";

export type Say = ReturnType<typeof speak>;

export function speak(language: Language) {
  const from =
    <Messages extends Catalogue>(messages: Messages) =>
    (name: keyof Messages, values?: Values) => {
      const sentence = messages[name];
      if (sentence === undefined) throw new Error(`There is no sentence ${String(name)}.`);
      return fill(sentence, language, values);
    };
  return {
    language,
    from,
    auth: from(authMessages),
    code: from(codeMessages),
    common: from(commonMessages),
    password: from(passwordMessages),
    deposit: from(depositMessages),
    hand: from(handMessages),
    paybill: from(paybillMessages),
    result: from(resultMessages),
    unclear: from(unclearMessages),
    wallet: from(walletMessages),
  };
}
