/**
 * Tells our own server what went wrong on the page: no third party, no customer's number, no amount.
 * The server hides the same once more; what it never gets cannot be kept by mistake.
 */
import { ApiError } from "@/lib/errors";
import { fetchWithAuth } from "@/lib/fetchWithAuth";
import type { components } from "@/types/api";

export type PageError = components["schemas"]["PageErrorRequest"];

const MOST_REPORTS = 5;
const told = new Set<string>();

// Three digits or more however they are grouped, and any number behind the currency.
const NUMBER = /\b(ksh|kes|sh)s?[.\s]{0,3}\d(?:[,.\s]?\d)*|\d(?:[,.\s]?\d){2,}/gi;
const NOT_PLAIN = /[^\x20-\x7e\u00a0-\ud7ff]+/g;
const FRAME = /^\s*(?:at )?(.*?)[ @(]*[^\s@(]*\/([\w~.-]+\.js:\d+:\d+)/;

/** A few for each page load, the same one once. Never rejects: a report is no reason for another error. */
export async function reportPageError(kind: PageError["kind"], thrown: unknown): Promise<void> {
  // What the API refuses is shown where it happens, and the API knows it already.
  if (thrown instanceof ApiError) return;
  try {
    const body = describe(kind, thrown);
    if (told.size === MOST_REPORTS || told.has(body.message)) return;
    told.add(body.message);
    await fetchWithAuth<null>("/api/page-errors/", { method: "POST", body, keepalive: true });
  } catch {
    // Whatever can be thrown may refuse to be read, and the network may be the very error.
  }
}

function describe(kind: PageError["kind"], thrown: unknown): PageError {
  const text = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown);
  const stack = thrown instanceof Error ? readFrames(thrown.stack ?? "") : "";
  return {
    kind,
    message: hideNumbers(text).trim().slice(0, 300) || "no words",
    where: location.pathname
      .replace(/\d+/g, "#")
      .replace(/[^\w/.~#-]/g, "")
      .slice(0, 200),
    ...(stack === "" ? {} : { stack }),
  };
}

function hideNumbers(text: string): string {
  return text
    .replace(NOT_PLAIN, " ")
    .replace(NUMBER, (_, currency?: string) => (currency === undefined ? "#" : `${currency} #`));
}

/** Who called whom, and where in which script: the text above it repeats the message, addresses may hold anything. */
function readFrames(stack: string): string {
  const frames = stack.split("\n").flatMap((line) => {
    const [, name = "", position] = FRAME.exec(line) ?? [];
    return position === undefined ? [] : [`${hideNumbers(name)}@${position}`];
  });
  return frames.join("\n").slice(0, 2000);
}
