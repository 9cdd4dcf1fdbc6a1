"use client";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { signup, startProof } from "@/features/auth/api";
import { AuthCard } from "@/features/auth/AuthCard";
import { AuthLink } from "@/features/auth/AuthLink";
import { CodeField, parseCode } from "@/features/auth/CodeField";
import { codeMessages } from "@/features/auth/codeMessages";
import { authMessages } from "@/features/auth/messages";
import type { OpenCode } from "@/features/auth/openCode";
import { OtherNumber } from "@/features/auth/OtherNumber";
import { SendAgain } from "@/features/auth/SendAgain";
import { SignupFields } from "@/features/auth/SignupFields";
import { readCustomer } from "@/features/auth/readCustomer";
import { useGreeting } from "@/features/auth/useGreeting";
import { formatOwnPhone } from "@/lib/phone";
import { useText } from "@/lib/useLanguage";
import { useSend } from "@/lib/useSend";
import type { ReadField } from "@/ui/Form";

/**
 * A new account: name, number and password, then the code that proves the number, where the API
 * sends one. The fields stay in the form, so that nothing is typed twice.
 */
export function SignupForm() {
  const text = useText(codeMessages);
  const auth = useText(authMessages);
  const router = useRouter();
  const form = useSend();
  const again = useSend();
  const [open, setOpen] = useState<OpenCode | null>(null);
  const [leaving, setLeaving] = useState(false);
  useGreeting();
  const busy = form.busy || leaving;
  // An error of these fields brings them back.
  const { full_name, phone_number, password, code } = form.errors;
  const shown = open === null || [full_name, phone_number, password].some((each) => each != null);

  function submit(read: ReadField) {
    if (leaving) return;
    const { customer, faults } = readCustomer(read, auth);
    const isSent = open?.phone === customer.phone_number;
    const typed = parseCode(read("code"));
    const found = { ...faults, code: isSent && typed === null ? text("codeWrong") : null };
    const enter = async (proof?: { proof: string; code: string }) => {
      await signup({ ...customer, ...proof });
      setLeaving(true);
      router.replace("/wallet");
    };
    void form.send(
      found,
      async () => {
        if (isSent) return enter({ proof: open.handle, code: typed ?? "" });
        const handle = await startProof(customer.phone_number);
        if (handle === null) return enter();
        setOpen({ handle, phone: customer.phone_number });
      },
      () => undefined,
    );
  }

  function sendAgain(phone: string) {
    void again.send(
      {},
      () => startProof(phone),
      (handle) => {
        setOpen(handle === null ? null : { handle, phone });
      },
    );
  }

  const isAsking = open !== null && !shown;
  return (
    <AuthCard
      title={isAsking ? text("proofTitle") : auth("signupTitle")}
      lead={
        isAsking ? text("proofLead", { phone: formatOwnPhone(open.phone) }) : auth("signupLead")
      }
      failure={form.failure ?? again.failure}
      busy={busy}
      action={busy ? auth("signupBusy") : isAsking ? text("createAccount") : auth("signupAction")}
      onSubmit={submit}
      footer={
        isAsking ? (
          <OtherNumber
            onChange={() => {
              setOpen(null);
            }}
          />
        ) : (
          <>
            <span>{`${auth("haveAccount")} `}</span>
            <AuthLink href="/login">{auth("toLogin")}</AuthLink>
          </>
        )
      }
    >
      <div hidden={!shown} className="space-y-5">
        <SignupFields errors={form.errors} />
      </div>
      {isAsking ? (
        <>
          <CodeField error={code ?? null} />
          <SendAgain
            handle={open.handle}
            atOnce={form.failure !== null}
            busy={again.busy}
            onSend={() => {
              sendAgain(open.phone);
            }}
          />
        </>
      ) : null}
    </AuthCard>
  );
}
