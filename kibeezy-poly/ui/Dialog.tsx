import { type ReactNode, useEffect, useRef } from "react";

type Props = {
  open: boolean;
  labelledBy: string;
  /** Escape, the backdrop and the phone's back gesture all end here; the owner decides what closing means. */
  onClose: () => void;
  children: ReactNode;
};

/** The browser's own modal dialog: it keeps focus inside and gives it back to where it was. */
export function Dialog({ open, labelledBy, onClose, children }: Props) {
  const ref = useRef<HTMLDialogElement>(null);

  useEffect(() => {
    const dialog = ref.current;
    if (!dialog) return;
    if (open && !dialog.open) dialog.showModal();
    if (!open && dialog.open) dialog.close();
  }, [open]);

  return (
    // The click is only a short cut for a mouse; keys have Escape and the close button.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions, jsx-a11y/click-events-have-key-events
    <dialog
      ref={ref}
      aria-labelledby={labelledBy}
      className="sheet"
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onClose={() => {
        // The browser may close it past us; our own closing has changed `open` already.
        if (open) onClose();
      }}
      onClick={(event) => {
        if (event.target === ref.current) onClose();
      }}
    >
      {open ? children : null}
    </dialog>
  );
}
