"use client";
import { breakMessages } from "@/features/limits/breakMessages";
import { useText } from "@/lib/useLanguage";
import { PasswordField } from "@/ui/PasswordField";

type Props = { value: string; error: string | null; onChange: (value: string) => void };

/** Asks for the current password, as proof that it is the customer who stops deposits. */
export function ConfirmPassword({ value, error, onChange }: Props) {
  const text = useText(breakMessages);
  return (
    <PasswordField
      label={text("exclusionPassword")}
      name="password"
      autoComplete="current-password"
      value={value}
      error={error}
      onChange={(event) => {
        onChange(event.target.value);
      }}
    />
  );
}
