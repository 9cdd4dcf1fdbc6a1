/** Gives a page its title in the customer's language. */
import type { Metadata } from "next";
import { cookies } from "next/headers";
import { LANGUAGE_COOKIE, parseLanguage } from "@/lib/language";
import type { Sentence } from "@/lib/text";

export async function titled(sentence: Sentence): Promise<Metadata> {
  const language = parseLanguage((await cookies()).get(LANGUAGE_COOKIE)?.value);
  return { title: sentence[language] };
}
