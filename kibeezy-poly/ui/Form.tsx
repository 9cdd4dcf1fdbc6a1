import type { ReactNode } from "react";
import { Alert } from "@/ui/Alert";
import { Sentence } from "@/ui/Sentence";

/**
 * Reads the value of the named field, even one that was typed before the page's code had loaded.
 */
export type ReadField = (name: string) => string;

type Props = {
  /** Where the browser sends the form itself, until our code has come. */
  action?: string;
  failure: string | null;
  onSubmit: (read: ReadField) => void;
  children: ReactNode;
};

/**
 * A form submitted by script, with its error above the fields. Its method is POST, so that a
 * browser that submits it itself puts no input into the address.
 */
export function Form({ action, failure, onSubmit, children }: Props) {
  return (
    <form
      method="post"
      action={action}
      noValidate
      className="space-y-5"
      onSubmit={(event) => {
        event.preventDefault();
        onSubmit(readerOf(event.currentTarget));
      }}
    >
      {failure === null ? null : (
        <Alert tone="bad" assertive>
          <Sentence>{failure}</Sentence>
        </Alert>
      )}
      {children}
    </form>
  );
}

function readerOf(form: HTMLFormElement): ReadField {
  const fields = new FormData(form);
  return (name) => {
    const value = fields.get(name);
    return typeof value === "string" ? value : "";
  };
}
