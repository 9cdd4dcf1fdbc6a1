import type { ReactNode } from "react";
import { Alert } from "@/ui/Alert";

/** What stands in the box of that name, also when it was typed before the page's code had come. */
export type ReadField = (name: string) => string;

type Props = {
  failure: string | null;
  onSubmit: (read: ReadField) => void;
  children: ReactNode;
};

/** A form that the page itself sends; what went wrong stands above its fields. POST, so that nothing typed can end in an address. */
export function Form({ failure, onSubmit, children }: Props) {
  return (
    <form
      method="post"
      noValidate
      className="space-y-5"
      onSubmit={(event) => {
        event.preventDefault();
        onSubmit(readerOf(event.currentTarget));
      }}
    >
      {failure === null ? null : (
        <Alert tone="bad" assertive>
          {failure}
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
