"use client";
import { codeMessages } from "@/features/auth/codeMessages";
import { plainText } from "@/lib/typed";
import { useText } from "@/lib/useLanguage";
import { Field } from "@/ui/Field";

/** The field for the six digits; phones offer to fill it from the SMS. */
export function CodeField({ error }: { error: string | null }) {
  const text = useText(codeMessages);
  return (
    <Field
      label={text("code")}
      hint={text("codeHint")}
      name="code"
      inputMode="numeric"
      autoComplete="one-time-code"
      autoCapitalize="none"
      spellCheck={false}
      className="text-xl font-semibold tracking-widest tabular-nums"
      error={error}
    />
  );
}

/** The six digits of a typed or pasted code; null if they are not six. */
export function parseCode(typed: string): string | null {
  const digits = plainText(typed).replace(/[ -]/g, "");
  return /^\d{6}$/.test(digits) ? digits : null;
}
