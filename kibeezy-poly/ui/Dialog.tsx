import { type ReactNode, useEffect, useRef } from "react";

type Props = {
  open: boolean;
  labelledBy: string;
  /**
   * Called for Escape, a click on the backdrop and the phone's back gesture; the caller decides
   * what closing means.
   */
  onClose: () => void;
  children: ReactNode;
};

/** The browser's modal dialog: keeps the focus inside, and returns it when it closes. */
export function Dialog({ open, labelledBy, onClose, children }: Props) {
  const ref = useRef<HTMLDialogElement>(null);

  useEffect(() => {
    const dialog = ref.current;
    if (!dialog) return;
    if (open && !dialog.open) {
      dialog.showModal();
      // The browser focuses the first button, which closes the dialog; the title gets the focus
      // instead, if it can take it.
      document.getElementById(labelledBy)?.focus();
    }
    if (!open && dialog.open) dialog.close();
  }, [open, labelledBy]);

  return (
    // A click on the backdrop is a shortcut for the mouse; keyboards have Escape and the close
    // button.
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
        // The browser may close the dialog without asking: then `open` is still true. When we close
        // it, `open` is already false.
        if (open) onClose();
      }}
      onClickCapture={(event) => {
        // The second tap of a double tap lands on whatever has taken the button's place.
        if (event.detail > 1) event.stopPropagation();
      }}
      onClick={(event) => {
        if (event.target === ref.current) onClose();
      }}
    >
      {open ? children : null}
    </dialog>
  );
}
