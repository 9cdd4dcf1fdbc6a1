"use client";
import { login } from "@/features/auth/api";
import { AuthCard } from "@/features/auth/AuthCard";
import { AuthLink } from "@/features/auth/AuthLink";
import { authMessages } from "@/features/auth/messages";
import { useAuthForm } from "@/features/auth/useAuthForm";
import { parsePhone } from "@/lib/phone";
import type { PlainAnswer } from "@/lib/plainAnswer";
import { useText } from "@/lib/useLanguage";
import { Alert } from "@/ui/Alert";
import { Field } from "@/ui/Field";
import type { ReadField } from "@/ui/Form";
import { PasswordField } from "@/ui/PasswordField";

type Props = {
  next: string;
  sessionEnded: boolean;
  /** Whether the browser may send the form itself. */
  isPlain?: boolean;
  /** What became of the form when the browser sent it itself. */
  first?: PlainAnswer | null;
};

export function LoginForm({ next, sessionEnded, isPlain = false, first = null }: Props) {
  const text = useText(authMessages);
  const form = useAuthForm(next, first);

  function submit(read: ReadField) {
    const phoneNumber = parsePhone(read("phone_number"));
    const password = read("password");
    const errors = {
      phone_number: phoneNumber === null ? text("phoneWrong") : null,
      password: password === "" ? text("passwordMissing") : null,
    };
    void form.submit(errors, () => login({ phone_number: phoneNumber ?? "", password }));
  }

  return (
    <AuthCard
      sendTo={isPlain ? "/form/login" : null}
      title={text("loginHeadline")}
      lead={text("loginLead")}
      notice={sessionEnded ? <Alert tone="wait">{text("sessionEnded")}</Alert> : null}
      failure={form.failure}
      busy={form.busy}
      action={text(form.busy ? "loginBusy" : "loginAction")}
      onSubmit={submit}
      footer={
        <>
          <span>{`${text("noAccount")} `}</span>
          <AuthLink href="/signup">{text("toSignup")}</AuthLink>
        </>
      }
    >
      <input type="hidden" name="next" value={next} />
      <Field
        label={text("phone")}
        name="phone_number"
        defaultValue={first?.typed.phone_number}
        type="tel"
        inputMode="tel"
        autoComplete="username"
        error={form.errors.phone_number ?? null}
      />
      <PasswordField
        name="password"
        autoComplete="current-password"
        error={form.errors.password ?? null}
      />
      <p className="-mt-3 text-right">
        <AuthLink href="/forgot">{text("forgot")}</AuthLink>
      </p>
    </AuthCard>
  );
}
