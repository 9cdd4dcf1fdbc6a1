/**
 * What became of a form that the browser sent without our code, told to the page that is shown
 * next: in a cookie that lives for a minute and that no script reads.
 */
import type { FieldErrors } from "@/lib/useSend";

export type PlainAnswer = {
  /** A sentence above the form; null if the errors of the fields say it all. */
  failure: string | null;
  errors: FieldErrors;
  /** What was typed, without passwords, so that it need not be typed again. */
  typed: Record<string, string>;
};

export const ANSWER_COOKIE = "form_answer";

/** The parameter of the page's address that names the answer meant for it. */
export const ANSWER_PARAMETER = "answer";

type Stored = PlainAnswer & { id: string };

/** Longer texts are cut: a browser drops a cookie of more than 4 KiB. */
const LONGEST = 300;

export function writePlainAnswer(id: string, answer: PlainAnswer): string {
  const short = (text: string | null) => text?.slice(0, LONGEST) ?? null;
  const stored: Stored = {
    id,
    failure: short(answer.failure),
    errors: Object.fromEntries(
      Object.entries(answer.errors).map(([name, text]) => [name, short(text)]),
    ),
    typed: Object.fromEntries(
      Object.entries(answer.typed).map(([name, text]) => [name, text.slice(0, 100)]),
    ),
  };
  return Buffer.from(JSON.stringify(stored)).toString("base64url");
}

/**
 * Reads the answer that the address names by `id`; null if there is none: after a reload a minute
 * later, or in another tab, the form is empty.
 */
export function readPlainAnswer(cookie: string | undefined, id: unknown): PlainAnswer | null {
  if (cookie === undefined || typeof id !== "string") return null;
  try {
    const stored = JSON.parse(Buffer.from(cookie, "base64url").toString()) as Stored;
    return stored.id === id ? stored : null;
  } catch {
    return null;
  }
}
