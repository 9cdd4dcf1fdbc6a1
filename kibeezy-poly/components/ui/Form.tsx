import type { ReactNode } from "react";
import { Alert } from "@/components/ui/Alert";

type Props = { failure: string | null; onSubmit: () => void; children: ReactNode };

/** A form that the page itself sends; what went wrong stands above its fields. POST, so that nothing typed can end in an address. */
export function Form({ failure, onSubmit, children }: Props) {
  return (
    <form
      method="post"
      noValidate
      className="space-y-5"
      onSubmit={(event) => {
        event.preventDefault();
        onSubmit();
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
