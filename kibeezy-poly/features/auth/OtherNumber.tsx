"use client";
import { codeMessages } from "@/features/auth/codeMessages";
import { useText } from "@/lib/useLanguage";

/** Leads back to the number while a code is waited for. */
export function OtherNumber({ onChange }: { onChange: () => void }) {
  const text = useText(codeMessages);
  return (
    <button
      type="button"
      onClick={onChange}
      className="min-h-touch font-semibold text-brand underline underline-offset-4"
    >
      {text("otherNumber")}
    </button>
  );
}
