/** The catalogue's own sentences in the language of the screen, so that one script serves both. */
import type { Language } from "@/lib/language";
import { authMessages } from "@/lib/messages/auth";
import { commonMessages } from "@/lib/messages/common";
import { depositMessages } from "@/lib/messages/deposit";
import { resultMessages } from "@/lib/messages/results";
import { type Catalogue, fill, type Values } from "@/lib/messages/text";
import { unclearMessages } from "@/lib/messages/unclear";
import { walletMessages } from "@/lib/messages/wallet";

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
    common: from(commonMessages),
    deposit: from(depositMessages),
    result: from(resultMessages),
    unclear: from(unclearMessages),
    wallet: from(walletMessages),
  };
}
