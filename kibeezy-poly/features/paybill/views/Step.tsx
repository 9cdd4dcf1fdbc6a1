"use client";
import { type ReactNode, useEffect, useRef } from "react";

type Props = {
  title: string;
  /**
   * True if another step was shown before in this view: its button is gone, so the focus moves to
   * the title, and a screen reader reads it.
   */
  takesFocus: boolean;
  children: ReactNode;
};

/** A step of a view, below the sheet's title. */
export function Step({ title, takesFocus, children }: Props) {
  const ref = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (takesFocus) ref.current?.focus();
  }, [takesFocus]);
  return (
    <div className="mt-3 space-y-4">
      <h3 ref={ref} tabIndex={-1} className="text-base font-semibold outline-none">
        {title}
      </h3>
      {children}
    </div>
  );
}
