"use client";
import { useState } from "react";
import { formMessages } from "@/features/privacy/formMessages";
import { privacyMessages } from "@/features/privacy/messages";
import { useText } from "@/lib/useLanguage";
import { useSignedInForm } from "@/lib/useSignedInForm";
import { Button } from "@/ui/Button";
import { Form } from "@/ui/Form";
import { PasswordField } from "@/ui/PasswordField";

type Props<T> = {
  action: string;
  onSend: (password: string) => Promise<T>;
  onSent: (answer: T) => void;
};

/** A form that sends the current password, as proof that the account's owner asks. */
export function PasswordForm<T>({ action, onSend, onSent }: Props<T>) {
  const text = useText(formMessages);
  const common = useText(privacyMessages);
  const { busy, failure, errors, send } = useSignedInForm();
  const [password, setPassword] = useState("");

  function submit() {
    const found = { current_password: password === "" ? text("passwordMissing") : null };
    void send(
      found,
      () => onSend(password),
      (answer) => {
        setPassword("");
        onSent(answer);
      },
    );
  }

  return (
    <Form failure={failure} onSubmit={submit}>
      <PasswordField
        label={text("password")}
        name="current_password"
        autoComplete="current-password"
        value={password}
        error={errors.current_password ?? null}
        onChange={(event) => {
          setPassword(event.target.value);
        }}
      />
      <Button type="submit" kind="secondary" busy={busy} className="w-full">
        {busy ? common("busy") : action}
      </Button>
    </Form>
  );
}
