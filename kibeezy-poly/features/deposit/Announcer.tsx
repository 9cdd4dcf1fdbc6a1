"use client";
/** The sheet's one polite voice: it says the title when the state changes, and a few moments of a countdown. */
import { createContext, type ReactNode, useContext, useEffect, useState } from "react";

type Say = (message: string) => void;

const Context = createContext<Say>(() => undefined);

/** Seconds that are worth a word; all others pass in silence. */
const MARKS_S = [60, 30, 10];

type Props = { title: string; children: ReactNode };

export function AnnouncerProvider({ title, children }: Props) {
  const [message, setMessage] = useState("");
  const [shownTitle, setShownTitle] = useState(title);
  if (title !== shownTitle) {
    // What was said of an earlier state is over with it.
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

/** Says `describe(mark)` when the countdown passes a mark, and `describe(0)` at its end if it was seen running. */
export function useAnnouncedCountdown(
  left: number | null,
  describe: (seconds: number) => string | null,
): void {
  const mark = left === null ? null : getMark(left);
  const [first] = useState(mark);
  const message = mark === null || mark === first ? null : describe(mark);
  useAnnouncement(message);
}

/** Says it when it becomes another, and again at another occasion if something else was said since; null says nothing. */
export function useAnnouncement(message: string | null, occasion?: unknown): void {
  const say = useContext(Context);
  useEffect(() => {
    if (message !== null) say(message);
  }, [message, occasion, say]);
}

function getMark(left: number): number | null {
  return left === 0 ? 0 : (MARKS_S.findLast((seconds) => left <= seconds) ?? null);
}
