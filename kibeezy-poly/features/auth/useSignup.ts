"use client";
/**
 * A sign-up in two steps: what the customer tells of themselves, then the code that proves the
 * number, where the API sends one. Opens the wallet in the end.
 */
import { useRouter } from "next/navigation";
import { useState } from "react";
import { signup, startProof } from "@/features/auth/api";
import { parseCode } from "@/features/auth/CodeField";
import { codeMessages } from "@/features/auth/codeMessages";
import { authMessages } from "@/features/auth/messages";
import type { OpenCode } from "@/features/auth/openCode";
import { readCustomer } from "@/features/auth/readCustomer";
import { useGreeting } from "@/features/auth/useGreeting";
import type { PlainAnswer } from "@/lib/plainAnswer";
import { useText } from "@/lib/useLanguage";
import { useSend } from "@/lib/useSend";
import type { ReadField } from "@/ui/Form";

export function useSignup(first: PlainAnswer | null) {
  const text = useText(codeMessages);
  const auth = useText(authMessages);
  const router = useRouter();
  const form = useSend({ first });
  const again = useSend();
  const [open, setOpen] = useState<OpenCode | null>(null);
  const [leaving, setLeaving] = useState(false);
  useGreeting();

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

  // An error of these fields brings them back.
  const { full_name, phone_number, password } = form.errors;
  const bringsBack = [full_name, phone_number, password].some((each) => each != null);

  return {
    /** The code that is asked for; null while the fields before it are. */
    asked: bringsBack ? null : open,
    busy: form.busy || leaving,
    failure: form.failure ?? again.failure,
    errors: form.errors,
    submit,
    /** Sends another code, which may be asked for at once where the first was not taken. */
    again: { send: sendAgain, busy: again.busy, atOnce: form.failure !== null },
    takeOtherNumber: () => {
      setOpen(null);
    },
  };
}
