"use client";
import { type ReactNode, useEffect, useRef } from "react";
import { Alert } from "@/ui/Alert";
import { Button } from "@/ui/Button";
import { Sentence } from "@/ui/Sentence";

type Props = {
  title: string;
  body: string;
  failure: string | null;
  busy: boolean;
  confirm: string;
  cancel: string;
  onConfirm: () => void;
  onCancel: () => void;
  children?: ReactNode;
};

/**
 * The second step before a change that cannot be undone: lists the consequences, then asks to
 * confirm or not now.
 */
export function ConfirmStep(props: Props) {
  const { title, body, failure, busy, confirm, cancel, onConfirm, onCancel, children } = props;
  const ref = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    ref.current?.focus();
  }, []);
  return (
    <form
      method="post"
      noValidate
      className="space-y-4 rounded-control bg-raised p-4"
      onSubmit={(event) => {
        event.preventDefault();
        onConfirm();
      }}
    >
      <h3 ref={ref} tabIndex={-1} className="font-bold outline-none">
        {title}
      </h3>
      <p>{body}</p>
      {children}
      {failure === null ? null : (
        <Alert tone="bad" assertive>
          <Sentence>{failure}</Sentence>
        </Alert>
      )}
      <div className="flex flex-wrap gap-3 *:grow">
        <Button kind="secondary" onClick={onCancel}>
          {cancel}
        </Button>
        <Button type="submit" busy={busy}>
          {confirm}
        </Button>
      </div>
    </form>
  );
}
