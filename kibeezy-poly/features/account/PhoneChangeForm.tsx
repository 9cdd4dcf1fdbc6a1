"use client";
import { useState } from "react";
import { type PhoneChange, requestPhoneChange } from "@/features/account/api";
import { accountMessages } from "@/features/account/messages";
import { parsePhone } from "@/lib/phone";
import { useText } from "@/lib/useLanguage";
import { useSignedInForm } from "@/lib/useSignedInForm";
import { Button } from "@/ui/Button";
import { Form } from "@/ui/Form";
import { MpesaNumberField } from "@/ui/MpesaNumberField";
import { PasswordField } from "@/ui/PasswordField";

type Props = {
  /** The customer's present number. */
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
      <MpesaNumberField
        label={text("newPhone")}
        name="new_phone_number"
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
