"use client";
import Link from "next/link";
import { authMessages } from "@/features/auth/messages";
import { useText } from "@/lib/useLanguage";
import type { FieldErrors } from "@/lib/useSend";
import { Field } from "@/ui/Field";
import { MpesaNumberField } from "@/ui/MpesaNumberField";
import { PasswordField } from "@/ui/PasswordField";

/** What a new customer tells of themselves. */
export function SignupFields({ errors }: { errors: FieldErrors }) {
  const text = useText(authMessages);
  return (
    <>
      <Field
        label={text("fullName")}
        hint={text("fullNameHint")}
        name="full_name"
        autoComplete="name"
        error={errors.full_name ?? null}
      />
      <MpesaNumberField
        label={text("phone")}
        name="phone_number"
        autoComplete="username"
        error={errors.phone_number ?? null}
      />
      <PasswordField
        hint={text("passwordHint")}
        name="password"
        autoComplete="new-password"
        error={errors.password ?? null}
      />
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
