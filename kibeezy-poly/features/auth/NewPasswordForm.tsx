"use client";
import { useState } from "react";
import { confirmRecovery, startRecovery } from "@/features/auth/api";
import { AuthCard } from "@/features/auth/AuthCard";
import { CodeField, parseCode } from "@/features/auth/CodeField";
import { codeMessages } from "@/features/auth/codeMessages";
import { authMessages } from "@/features/auth/messages";
import type { OpenCode } from "@/features/auth/openCode";
import { OtherNumber } from "@/features/auth/OtherNumber";
import { PASSWORD_MIN_LENGTH } from "@/features/auth/password";
import { SendAgain } from "@/features/auth/SendAgain";
import { formatOwnPhone } from "@/lib/phone";
import { useText } from "@/lib/useLanguage";
import { useSend } from "@/lib/useSend";
import { Alert } from "@/ui/Alert";
import type { ReadField } from "@/ui/Form";
import { PasswordField } from "@/ui/PasswordField";

type Props = {
  open: OpenCode;
  isLeaving: boolean;
  onOpen: (next: OpenCode | null) => void;
  onDone: () => void;
};

/** The code and the new password; the right ones open the wallet. */
export function NewPasswordForm({ open, isLeaving, onOpen, onDone }: Props) {
  const text = useText(codeMessages);
  const auth = useText(authMessages);
  const form = useSend();
  const again = useSend();
  const [sent, setSent] = useState<string | null>(null);
  const busy = form.busy || isLeaving;

  function submit(read: ReadField) {
    if (isLeaving) return;
    const code = parseCode(read("code"));
    const password = read("new_password");
    const found = {
      code: code === null ? text("codeWrong") : null,
      new_password: password.length < PASSWORD_MIN_LENGTH ? auth("passwordShort") : null,
    };
    const body = { recovery: open.handle, code: code ?? "", new_password: password };
    void form.send(found, () => confirmRecovery(body), onDone);
  }

  function sendAgain() {
    void again.send(
      {},
      () => startRecovery(open.phone),
      ({ recovery }) => {
        setSent(recovery);
        onOpen({ ...open, handle: recovery });
      },
    );
  }

  return (
    <AuthCard
      sendTo={null}
      title={text("newTitle")}
      lead={text("newLead", { phone: formatOwnPhone(open.phone) })}
      failure={form.failure ?? again.failure}
      busy={busy}
      action={text(busy ? "saving" : "saveAndLogIn")}
      onSubmit={submit}
      footer={
        <OtherNumber
          onChange={() => {
            onOpen(null);
          }}
        />
      }
    >
      {/* The password manager of the phone learns which account the new password is for. */}
      <input type="hidden" name="username" autoComplete="username" value={open.phone} readOnly />
      <CodeField error={form.errors.code ?? null} />
      <PasswordField
        label={text("newPassword")}
        hint={auth("passwordHint")}
        name="new_password"
        autoComplete="new-password"
        error={form.errors.new_password ?? null}
      />
      <p className="text-ink-soft">{text("othersOut")}</p>
      <div role="status">
        {sent === open.handle ? <Alert tone="good">{text("sentAgain")}</Alert> : null}
      </div>
      <SendAgain
        handle={open.handle}
        atOnce={form.failure !== null}
        busy={again.busy}
        onSend={sendAgain}
      />
    </AuthCard>
  );
}
