"use client";
import Link from "next/link";
import { signup } from "@/features/auth/api";
import { AuthCard } from "@/features/auth/AuthCard";
import { authMessages } from "@/features/auth/messages";
import { PASSWORD_MIN_LENGTH } from "@/features/auth/password";
import { useAuthForm } from "@/features/auth/useAuthForm";
import { NOTICE_VERSION } from "@/features/privacy/version";
import { parsePhone } from "@/lib/phone";
import type { PlainAnswer } from "@/lib/plainAnswer";
import { useText } from "@/lib/useLanguage";
import { Field } from "@/ui/Field";
import type { ReadField } from "@/ui/Form";
import { MpesaNumberField } from "@/ui/MpesaNumberField";
import { PasswordField } from "@/ui/PasswordField";

type Props = {
  /** Whether the browser may send the form itself. */
  isPlain?: boolean;
  /** What became of the form when the browser sent it itself. */
  first?: PlainAnswer | null;
};

export function SignupForm({ isPlain = false, first = null }: Props) {
  const text = useText(authMessages);
  const form = useAuthForm("/wallet", first);

  function submit(read: ReadField) {
    const fullName = read("full_name").trim();
    const phoneNumber = parsePhone(read("phone_number"));
    const password = read("password");
    const errors = {
      full_name: fullName === "" ? text("nameMissing") : null,
      phone_number: phoneNumber === null ? text("phoneWrong") : null,
      password: password.length < PASSWORD_MIN_LENGTH ? text("passwordShort") : null,
    };
    const customer = {
      full_name: fullName,
      phone_number: phoneNumber ?? "",
      password,
      privacy_version: NOTICE_VERSION,
    };
    void form.submit(errors, () => signup(customer));
  }

  return (
    <AuthCard
      sendTo={isPlain ? "/form/signup" : null}
      title={text("signupTitle")}
      lead={text("signupLead")}
      failure={form.failure}
      busy={form.busy}
      action={text(form.busy ? "signupBusy" : "signupAction")}
      onSubmit={submit}
      footer={
        <>
          <span>{`${text("haveAccount")} `}</span>
          <Link
            href="/login"
            className="inline-block py-3 font-semibold text-brand underline underline-offset-4"
          >
            {text("toLogin")}
          </Link>
        </>
      }
    >
      <Field
        label={text("fullName")}
        hint={text("fullNameHint")}
        name="full_name"
        defaultValue={first?.typed.full_name}
        autoComplete="name"
        error={form.errors.full_name ?? null}
      />
      <MpesaNumberField
        label={text("phone")}
        name="phone_number"
        defaultValue={first?.typed.phone_number}
        autoComplete="username"
        error={form.errors.phone_number ?? null}
      />
      <PasswordField
        hint={text("passwordHint")}
        name="password"
        autoComplete="new-password"
        error={form.errors.password ?? null}
      />
      <input type="hidden" name="privacy_version" value={NOTICE_VERSION} />
      <AcceptsNotice />
    </AuthCard>
  );
}

/** What the customer accepts with the button below it. */
function AcceptsNotice() {
  const text = useText(authMessages);
  return (
    <p className="text-ink-soft">
      <span>{`${text("acceptsNotice")} `}</span>
      <Link href="/privacy" className="inline-block py-3 underline underline-offset-4">
        {text("noticeLink")}
      </Link>
    </p>
  );
}
