"use client";
import { AuthCard } from "@/features/auth/AuthCard";
import { AuthLink } from "@/features/auth/AuthLink";
import { CodeField } from "@/features/auth/CodeField";
import { codeMessages } from "@/features/auth/codeMessages";
import { authMessages } from "@/features/auth/messages";
import { OtherNumber } from "@/features/auth/OtherNumber";
import { SendAgain } from "@/features/auth/SendAgain";
import { SignupFields } from "@/features/auth/SignupFields";
import { useSignup } from "@/features/auth/useSignup";
import { formatOwnPhone } from "@/lib/phone";
import type { PlainAnswer } from "@/lib/plainAnswer";
import { useText } from "@/lib/useLanguage";

type Props = {
  /** Whether the browser may send the form itself. */
  isPlain?: boolean;
  /** What became of the form when the browser sent it itself. */
  first?: PlainAnswer | null;
};

/**
 * A new account: name, number and password, then the code that proves the number, where the API
 * sends one. The fields stay in the form, so that nothing is typed twice.
 */
export function SignupForm({ isPlain = false, first = null }: Props) {
  const text = useText(codeMessages);
  const auth = useText(authMessages);
  const { asked, busy, failure, errors, submit, again, takeOtherNumber } = useSignup(first);

  return (
    <AuthCard
      sendTo={isPlain ? "/form/signup" : null}
      title={asked ? text("proofTitle") : auth("signupTitle")}
      lead={asked ? text("proofLead", { phone: formatOwnPhone(asked.phone) }) : auth("signupLead")}
      failure={failure}
      busy={busy}
      action={busy ? auth("signupBusy") : asked ? text("createAccount") : auth("signupAction")}
      onSubmit={submit}
      footer={
        asked ? (
          <OtherNumber onChange={takeOtherNumber} />
        ) : (
          <>
            <span>{`${auth("haveAccount")} `}</span>
            <AuthLink href="/login">{auth("toLogin")}</AuthLink>
          </>
        )
      }
    >
      <div hidden={asked !== null} className="space-y-5">
        <SignupFields errors={errors} typed={first?.typed} />
      </div>
      {asked ? (
        <>
          <CodeField error={errors.code ?? null} />
          <SendAgain
            handle={asked.handle}
            atOnce={again.atOnce}
            busy={again.busy}
            onSend={() => {
              again.send(asked.phone);
            }}
          />
        </>
      ) : null}
    </AuthCard>
  );
}
