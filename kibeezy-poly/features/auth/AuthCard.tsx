"use client";
import type { ReactNode } from "react";
import { useHydrated } from "@/features/auth/useHydrated";
import { commonMessages } from "@/lib/commonMessages";
import { useText } from "@/lib/useLanguage";
import { Button } from "@/ui/Button";
import { Form, type ReadField } from "@/ui/Form";

type Props = {
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
 * The frame of the log-in and sign-up forms. Its button is disabled until hydration: the browser
 * itself would submit the form before that, and could put the password into the address. The fields
 * are uncontrolled, so that what the customer types before React has loaded is kept.
 */
export function AuthCard({
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
  const hydrated = useHydrated();
  return (
    <div className="overflow-hidden rounded-card bg-surface shadow-card">
      <div className="cloth p-5 pb-10">
        <h1 className="text-title font-bold">{title}</h1>
        <p className="mt-1 text-on-cloth-soft">{lead}</p>
      </div>
      <div className="p-5">
        <Form failure={failure} onSubmit={onSubmit}>
          {notice}
          {children}
          <Button type="submit" disabled={!hydrated} busy={busy} className="w-full">
            {hydrated ? action : text("loading")}
          </Button>
          <noscript>{text("needsScript")}</noscript>
        </Form>
        <p className="mt-3 text-center text-ink-soft">{footer}</p>
      </div>
    </div>
  );
}
