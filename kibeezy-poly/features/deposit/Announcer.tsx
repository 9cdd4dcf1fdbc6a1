"use client";
/**
 * The sheet's only polite live region: announces the title when the state changes, messages of the
 * views, and some seconds of a countdown.
 */
import { createContext, type ReactNode, useContext, useEffect, useState } from "react";

type Say = (message: string) => void;

const Context = createContext<Say>(() => undefined);

/** The remaining seconds at which a countdown is announced. */
const MARKS_S = [60, 30, 10];

type Props = { title: string; children: ReactNode };

export function AnnouncerProvider({ title, children }: Props) {
  const [message, setMessage] = useState("");
  const [shownTitle, setShownTitle] = useState(title);
  if (title !== shownTitle) {
    // A message of the previous state no longer applies: the new title replaces it.
    setShownTitle(title);
    setMessage("");
  }
  return (
    <Context value={setMessage}>
      {children}
      <p role="status" className="sr-only">
        {message || title}
      </p>
    </Context>
  );
}

/** Announces a message at once, for views that have no state of their own to announce. */
export function useSay(): Say {
  return useContext(Context);
}

/**
 * Announces `describe(mark)` when the countdown passes a mark, and `describe(0)` at its end;
 * nothing for a countdown that had already ended at the first render.
 */
export function useAnnouncedCountdown(
  left: number | null,
  describe: (seconds: number) => string | null,
): void {
  const mark = left === null ? null : getMark(left);
  const [first] = useState(mark);
  const message = mark === null || mark === first ? null : describe(mark);
  useAnnouncement(message);
}

/**
 * Announces the message when it changes. A change of `occasion` announces the same message again if
 * another one was announced since. Null announces nothing.
 */
export function useAnnouncement(message: string | null, occasion?: unknown): void {
  const say = useContext(Context);
  useEffect(() => {
    if (message !== null) say(message);
  }, [message, occasion, say]);
}

function getMark(left: number): number | null {
  return left === 0 ? 0 : (MARKS_S.findLast((seconds) => left <= seconds) ?? null);
}
