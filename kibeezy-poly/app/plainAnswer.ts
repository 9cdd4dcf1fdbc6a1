/** Gives a page what became of its form, if the browser sent it without our code. */
import { cookies } from "next/headers";
import { ANSWER_COOKIE, type PlainAnswer, readPlainAnswer } from "@/lib/plainAnswer";

export async function takePlainAnswer(id: unknown): Promise<PlainAnswer | null> {
  return readPlainAnswer((await cookies()).get(ANSWER_COOKIE)?.value, id);
}
