"use client";
import { useState } from "react";
import { PasswordField } from "@/components/PasswordField";
import { Button } from "@/components/ui/Button";
import { Field } from "@/components/ui/Field";
import { Form } from "@/components/ui/Form";
import { useText } from "@/hooks/useLanguage";
import { useSignedInForm } from "@/hooks/useSignedInForm";
import { type PhoneChange, requestPhoneChange } from "@/lib/accountApi";
import { accountMessages } from "@/lib/messages/account";
import { parsePhone } from "@/lib/phone";

type Props = {
  /** The number that counts now. */
  phone: string;
  onSent: (answer: PhoneChange) => void;
};

export function PhoneChangeForm({ phone, onSent }: Props) {
  const text = useText(accountMessages);
  const { busy, failure, errors, send } = useSignedInForm();
  const [typed, setTyped] = useState("");
  const [password, setPassword] = useState("");

  function submit() {
    const wanted = parsePhone(typed);
    const phoneFault = wanted === null ? "phoneWrong" : wanted === phone ? "phoneSame" : null;
    const found = {
      new_phone_number: phoneFault === null ? null : text(phoneFault),
      password: password === "" ? text("passwordMissing") : null,
    };
    void send(found, () => requestPhoneChange(wanted ?? "", password), onSent);
  }

  return (
    <Form failure={failure} onSubmit={submit}>
      <Field
        label={text("newPhone")}
        hint={text("newPhoneHint")}
        name="new_phone_number"
        type="tel"
        inputMode="tel"
        autoComplete="off"
        value={typed}
        error={errors.new_phone_number ?? null}
        onChange={(event) => {
          setTyped(event.target.value);
        }}
      />
      <PasswordField
        label={text("yourPassword")}
        name="password"
        autoComplete="current-password"
        value={password}
        error={errors.password ?? null}
        onChange={(event) => {
          setPassword(event.target.value);
        }}
      />
      <Button type="submit" kind="secondary" busy={busy} className="w-full">
        {text(busy ? "sending" : "changeSend")}
      </Button>
    </Form>
  );
}
