"use client";
import Link from "next/link";
import { authMessages } from "@/features/auth/messages";
import { NOTICE_VERSION } from "@/features/privacy/version";
import type { PlainAnswer } from "@/lib/plainAnswer";
import { useText } from "@/lib/useLanguage";
import type { FieldErrors } from "@/lib/useSend";
import { Field } from "@/ui/Field";
import { MpesaNumberField } from "@/ui/MpesaNumberField";
import { PasswordField } from "@/ui/PasswordField";

type Props = {
  errors: FieldErrors;
  /** What was typed before, when the browser sent the form itself. */
  typed?: PlainAnswer["typed"] | undefined;
};

/** What a new customer tells of themselves. */
export function SignupFields({ errors, typed }: Props) {
  const text = useText(authMessages);
  return (
    <>
      <Field
        label={text("fullName")}
        hint={text("fullNameHint")}
        name="full_name"
        defaultValue={typed?.full_name}
        autoComplete="name"
        error={errors.full_name ?? null}
      />
      <MpesaNumberField
        label={text("phone")}
        name="phone_number"
        defaultValue={typed?.phone_number}
        autoComplete="username"
        error={errors.phone_number ?? null}
      />
      <PasswordField
        hint={text("passwordHint")}
        name="password"
        autoComplete="new-password"
        error={errors.password ?? null}
      />
      <input type="hidden" name="privacy_version" value={NOTICE_VERSION} />
      <AcceptsNotice />
    </>
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
