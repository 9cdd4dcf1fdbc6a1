"use client";
import type { ReactNode } from "react";
import { useHydrated } from "@/features/auth/useHydrated";
import { commonMessages } from "@/lib/commonMessages";
import { useText } from "@/lib/useLanguage";
import { Button } from "@/ui/Button";
import { Form, type ReadField } from "@/ui/Form";

type Props = {
  /** Where the browser sends the form itself; null where only our code can send it. */
  sendTo: string | null;
  title: string;
  lead: string;
  notice?: ReactNode;
  failure: string | null;
  busy: boolean;
  action: string;
  onSubmit: (read: ReadField) => void;
  footer: ReactNode;
  children: ReactNode;
};

/**
 * The frame of the log-in and sign-up forms. Until our code has come, the browser sends them itself;
 * where the API is on another origin, whose cookies our server cannot set, the button waits for the
 * code. The fields are uncontrolled, so that what the customer types before that is kept.
 */
export function AuthCard({
  sendTo,
  title,
  lead,
  notice,
  failure,
  busy,
  action,
  onSubmit,
  footer,
  children,
}: Props) {
  const text = useText(commonMessages);
  const ready = useHydrated() || sendTo !== null;
  return (
    <div className="overflow-hidden rounded-card bg-surface shadow-card">
      <div className="cloth p-5 pb-10">
        <h1 className="text-title font-bold">{title}</h1>
        <p className="mt-1 text-on-cloth-soft">{lead}</p>
      </div>
      <div className="p-5">
        <Form
          {...(sendTo === null ? {} : { action: sendTo })}
          failure={failure}
          onSubmit={onSubmit}
        >
          {notice}
          {children}
          <Button type="submit" disabled={!ready} busy={busy} className="w-full">
            {ready ? action : text("loading")}
          </Button>
          {sendTo === null ? <noscript>{text("needsScript")}</noscript> : null}
        </Form>
        <p className="mt-3 text-center text-ink-soft">{footer}</p>
      </div>
    </div>
  );
}
