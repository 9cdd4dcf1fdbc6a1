"use client";
import { useState } from "react";
import { changePassword, getPasswordStatus } from "@/features/account/api";
import { accountMessages } from "@/features/account/messages";
import { PASSWORD_MIN_LENGTH } from "@/features/auth";
import { formatFullTime } from "@/lib/time";
import { useLanguage, useText } from "@/lib/useLanguage";
import { useResource } from "@/lib/useResource";
import { useSignedInForm } from "@/lib/useSignedInForm";
import { Alert } from "@/ui/Alert";
import { Button } from "@/ui/Button";
import { Form } from "@/ui/Form";
import { OpenCard } from "@/ui/OpenCard";
import { PasswordField } from "@/ui/PasswordField";

/**
 * Changes the password. The current password is asked for, as proof that the account's owner
 * changes it.
 */
export function PasswordCard({ username }: { username: string }) {
  const text = useText(accountMessages);
  const { busy, failure, errors, send } = useSignedInForm();
  const [present, setPresent] = useState("");
  const [wanted, setWanted] = useState("");
  const [saved, setSaved] = useState(false);
  const status = useResource(getPasswordStatus);

  function submit() {
    setSaved(false);
    const found = {
      current_password: present === "" ? text("passwordMissing") : null,
      new_password: findFault(),
    };
    void send(
      found,
      () => changePassword(present, wanted),
      () => {
        setPresent("");
        setWanted("");
        setSaved(true);
        status.refresh();
      },
    );
  }

  function findFault(): string | null {
    if (wanted.length < PASSWORD_MIN_LENGTH) return text("passwordShort");
    return wanted === present ? text("passwordSame") : null;
  }

  return (
    <OpenCard
      icon="shield"
      title={text("password")}
      lead={text("passwordLead")}
      open={(status.data?.set_by_us_at ?? null) !== null}
    >
      <SetByUs at={status.data?.set_by_us_at ?? null} />
      <Form failure={failure} onSubmit={submit}>
        {/* The hidden username tells the phone's password manager which account the new password is
            for. */}
        <input type="hidden" name="username" autoComplete="username" value={username} readOnly />
        <PasswordField
          label={text("passwordNow")}
          name="current_password"
          autoComplete="current-password"
          value={present}
          error={errors.current_password ?? null}
          onChange={(event) => {
            setPresent(event.target.value);
          }}
        />
        <PasswordField
          label={text("passwordNew")}
          hint={text("passwordHint")}
          name="new_password"
          autoComplete="new-password"
          value={wanted}
          error={errors.new_password ?? null}
          onChange={(event) => {
            setWanted(event.target.value);
          }}
        />
        <Button type="submit" kind="secondary" busy={busy} className="w-full">
          {text(busy ? "saving" : "passwordSave")}
        </Button>
        <div role="status">{saved ? <Alert tone="good">{text("passwordSaved")}</Alert> : null}</div>
      </Form>
    </OpenCard>
  );
}

/** Tells the customer that an operator set the password, until they choose one of their own. */
function SetByUs({ at }: { at: string | null }) {
  const text = useText(accountMessages);
  const { language } = useLanguage();
  if (at === null) return null;
  return (
    <Alert tone="wait">{text("passwordSetByUs", { time: formatFullTime(at, language) })}</Alert>
  );
}
