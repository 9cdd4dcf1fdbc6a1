"use client";
import { useState } from "react";
import { type Identity, submitIdentity } from "@/features/identity/api";
import { findIdentityFaults } from "@/features/identity/findIdentityFaults";
import { identityMessages } from "@/features/identity/messages";
import { toDay } from "@/lib/day";
import { serverNow } from "@/lib/time";
import { useText } from "@/lib/useLanguage";
import { useSignedInForm } from "@/lib/useSignedInForm";
import { Button } from "@/ui/Button";
import { Card } from "@/ui/Card";
import { Field } from "@/ui/Field";
import { Form } from "@/ui/Form";

type Props = {
  /** True if the customer has sent a KYC submission before. */
  again: boolean;
  /** What is known already. The number of the document is never sent to the page in full. */
  first: { full_name: string; date_of_birth: string };
  onSent: (identity: Identity) => void;
};

const EMPTY = { full_name: "", id_number: "", date_of_birth: "" };

export function IdentityForm({ again, first, onSent }: Props) {
  const text = useText(identityMessages);
  const { busy, failure, errors, send } = useSignedInForm();
  const [form, setForm] = useState({ ...EMPTY, ...first });
  const today = toDay(serverNow());

  function field(name: keyof typeof EMPTY) {
    return {
      name,
      value: form[name],
      error: errors[name] ?? null,
      onChange: (event: { target: { value: string } }) => {
        setForm({ ...form, [name]: event.target.value });
      },
    };
  }

  function submit() {
    const faults = Object.entries(findIdentityFaults(form, today)).map(([name, fault]) => [
      name,
      fault === null ? null : text(fault),
    ]);
    const body = { ...form, full_name: form.full_name.trim() };
    void send(Object.fromEntries(faults) as typeof errors, () => submitIdentity(body), onSent);
  }

  return (
    <Card title={text(again ? "formAgain" : "formTitle")}>
      <Form failure={failure} onSubmit={submit}>
        <Field
          {...field("full_name")}
          label={text("fullName")}
          hint={text("fullNameHint")}
          autoComplete="name"
        />
        <Field
          {...field("id_number")}
          label={text("idNumber")}
          hint={text("idNumberHint")}
          autoComplete="off"
          autoCapitalize="characters"
          spellCheck={false}
        />
        <Field
          {...field("date_of_birth")}
          label={text("born")}
          hint={text("bornHint")}
          type="date"
          autoComplete="bday"
          max={today}
        />
        <Button type="submit" busy={busy} className="w-full">
          {text(busy ? "sending" : "send")}
        </Button>
      </Form>
    </Card>
  );
}
