import { type ComponentProps, type ReactNode, useId } from "react";
import { Sentence } from "@/ui/Sentence";

type Props = Omit<ComponentProps<"input">, "id" | "prefix"> & {
  label: string;
  hint?: string;
  error?: string | null;
  /** What to know about the text typed, which is taken as it is; announced when it appears. */
  note?: string | null;
  prefix?: string;
  /** A control at the end of the field's box, after the text. */
  action?: ReactNode;
};

/**
 * A labelled text field, with hint and error linked to it. Its text has 16 px, since phones zoom
 * into fields with smaller text.
 */
export function Field({
  label,
  hint,
  error = null,
  note,
  prefix,
  action,
  className = "",
  ...input
}: Props) {
  const id = useId();
  const described = Object.entries({ error, hint, note })
    .filter(([, text]) => text != null)
    .map(([part]) => `${id}-${part}`);
  return (
    <div className="min-w-0">
      <label htmlFor={id} className="mb-1.5 block font-semibold">
        {label}
      </label>
      <div
        className={`flex items-center rounded-control border bg-surface focus-within:outline-3 focus-within:outline-offset-2 focus-within:outline-(--ring) ${error === null ? "border-line-strong" : "border-bad"}`}
      >
        {prefix === undefined ? null : (
          <span aria-hidden="true" className="pl-4 font-semibold text-ink-soft">
            {prefix}
          </span>
        )}
        <input
          {...input}
          id={id}
          aria-invalid={error === null ? undefined : true}
          aria-describedby={described.join(" ") || undefined}
          className={`min-h-touch w-full min-w-0 flex-1 bg-transparent px-4 py-2 text-base outline-none placeholder:text-ink-soft ${className}`}
        />
        {action}
      </div>
      {error === null ? null : (
        <p id={`${id}-error`} role="alert" className="mt-1.5 text-sm font-medium text-bad">
          <Sentence>{error}</Sentence>
        </p>
      )}
      {hint === undefined ? null : (
        <p id={`${id}-hint`} className="mt-1.5 text-sm text-ink-soft">
          {hint}
        </p>
      )}
      {note === undefined ? null : <Note id={`${id}-note`}>{note}</Note>}
    </div>
  );
}

/** Its place is there before its text, or no screen reader would announce it. */
function Note({ id, children }: { id: string; children: string | null }) {
  return (
    <div id={id} role="status">
      {children === null ? null : (
        <p className="mt-1.5 rounded-control bg-wait-soft px-3 py-2 text-sm text-on-wait">
          {children}
        </p>
      )}
    </div>
  );
}
