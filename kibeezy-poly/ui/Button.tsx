import type { ComponentProps } from "react";

type Kind = "primary" | "secondary" | "quiet";

const KINDS: Record<Kind, string> = {
  primary:
    "min-h-13 bg-brand text-on-brand hover:bg-brand-strong aria-disabled:bg-raised aria-disabled:text-ink-soft disabled:bg-raised disabled:text-ink-soft",
  secondary: "bg-raised text-ink hover:bg-line disabled:text-ink-soft",
  quiet: "text-brand hover:bg-raised disabled:text-ink-soft",
};

type Props = ComponentProps<"button"> & { kind?: Kind; busy?: boolean };

/** A button at least 48 px high. While busy it keeps its focus and name, and a tap does nothing. */
export function Button({
  kind = "primary",
  busy = false,
  className = "",
  disabled,
  onClick,
  ...rest
}: Props) {
  return (
    <button
      type="button"
      {...rest}
      disabled={disabled}
      aria-disabled={busy || undefined}
      onClick={(event) => {
        if (busy) event.preventDefault();
        else onClick?.(event);
      }}
      className={`inline-flex min-h-touch min-w-0 max-w-full items-center justify-center wrap-anywhere gap-2 rounded-control px-5 py-2 font-semibold transition-[background-color,scale] duration-120 active:scale-98 disabled:cursor-not-allowed ${KINDS[kind]} ${className}`}
    />
  );
}
