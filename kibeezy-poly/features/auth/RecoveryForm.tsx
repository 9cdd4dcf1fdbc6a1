"use client";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { AskForCode } from "@/features/auth/AskForCode";
import { AuthLink } from "@/features/auth/AuthLink";
import { authMessages } from "@/features/auth/messages";
import { NewPasswordForm } from "@/features/auth/NewPasswordForm";
import { type OpenCode, useOpenCode } from "@/features/auth/openCode";
import { useText } from "@/lib/useLanguage";

/** A forgotten password: the number, then the code by SMS with a new password. */
export function RecoveryForm() {
  const text = useText(authMessages);
  const router = useRouter();
  const [open, setOpen] = useOpenCode();
  // The code that was used: its form stays until the wallet is there.
  const [used, setUsed] = useState<OpenCode | null>(null);
  const shown = used ?? open;

  function enter() {
    setUsed(open);
    setOpen(null);
    router.replace("/wallet");
  }

  if (shown !== null)
    return (
      <NewPasswordForm open={shown} isLeaving={used !== null} onOpen={setOpen} onDone={enter} />
    );
  return (
    <AskForCode onSent={setOpen} footer={<AuthLink href="/login">{text("toLogin")}</AuthLink>} />
  );
}
