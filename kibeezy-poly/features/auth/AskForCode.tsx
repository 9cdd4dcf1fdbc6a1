"use client";
import type { ReactNode } from "react";
import { startRecovery } from "@/features/auth/api";
import { AuthCard } from "@/features/auth/AuthCard";
import { codeMessages } from "@/features/auth/codeMessages";
import { authMessages } from "@/features/auth/messages";
import type { OpenCode } from "@/features/auth/openCode";
import { useGreeting } from "@/features/auth/useGreeting";
import { useHydrated } from "@/lib/useHydrated";
import { parsePhone } from "@/lib/phone";
import { useText } from "@/lib/useLanguage";
import { useSend } from "@/lib/useSend";
import { Field } from "@/ui/Field";
import type { ReadField } from "@/ui/Form";
import { getSupport } from "@/ui/support";

type Props = { onSent: (open: OpenCode) => void; footer: ReactNode };

/** Asks for the number. Whether it has an account is said only on its own phone. */
export function AskForCode({ onSent, footer }: Props) {
  const text = useText(codeMessages);
  const auth = useText(authMessages);
  const { busy, failure, errors, send } = useSend();
  useGreeting();

  function submit(read: ReadField) {
    const phone = parsePhone(read("phone_number"));
    const found = { phone_number: phone === null ? auth("phoneWrong") : null };
    void send(
      found,
      () => startRecovery(phone ?? ""),
      ({ recovery }) => {
        onSent({ handle: recovery, phone: phone ?? "" });
      },
    );
  }

  return (
    <AuthCard
      sendTo={null}
      title={text("forgotTitle")}
      lead={text("forgotLead")}
      failure={failure}
      busy={busy}
      action={text(busy ? "sendingCode" : "sendCode")}
      onSubmit={submit}
      footer={footer}
    >
      <Field
        label={auth("phone")}
        name="phone_number"
        type="tel"
        inputMode="tel"
        autoComplete="username"
        error={errors.phone_number ?? null}
      />
      <p>{text("moneySafe")}</p>
      <WithoutCode />
    </AuthCard>
  );
}

const LINK = "inline-block py-3 font-semibold text-brand underline underline-offset-4";

/** Said to everybody, since who gets no code is told nothing else. */
function WithoutCode() {
  const text = useText(codeMessages);
  const hydrated = useHydrated();
  const { phone, email } = hydrated ? getSupport() : { phone: "", email: "" };
  return (
    <div className="text-ink-soft">
      <p>{text("noCodeFor")}</p>
      {phone === "" ? null : (
        <a href={`tel:${phone}`} className={LINK} translate="no">
          {text("callSupport", { phone })}
        </a>
      )}
      {phone === "" && email !== "" ? (
        <a href={`mailto:${email}`} className={LINK} translate="no">
          {text("mailSupport", { email })}
        </a>
      ) : null}
    </div>
  );
}
