/**
 * Reports errors of the page to our own server, to no third party, without phone numbers and amounts.
 * The server masks the same again; what is never sent cannot be stored by mistake.
 */
import { ApiError } from "@/lib/errors";
import { fetchWithAuth } from "@/lib/fetchWithAuth";
import type { components } from "@/types/api";

export type PageError = components["schemas"]["PageErrorRequest"];

const MOST_REPORTS = 5;
const told = new Set<string>();

// Three digits or more in any grouping, and any number after the currency.
const NUMBER = /\b(ksh|kes|sh)s?[.\s]{0,3}\d(?:[,.\s]?\d)*|\d(?:[,.\s]?\d){2,}/gi;
const NOT_PLAIN = /[^\x20-\x7e\u00a0-\ud7ff]+/g;
const FRAME = /^\s*(?:at )?(.*?)[ @(]*[^\s@(]*\/([\w~.-]+\.js:\d+:\d+)/;

/** At most five per page load, each message once. Never rejects: a failed report must not cause another error. */
export async function reportPageError(kind: PageError["kind"], thrown: unknown): Promise<void> {
  // The customer sees the API's rejections, and the API has logged them.
  if (thrown instanceof ApiError) return;
  try {
    const body = describe(kind, thrown);
    if (told.size === MOST_REPORTS || told.has(body.message)) return;
    told.add(body.message);
    await fetchWithAuth<null>("/api/page-errors/", { method: "POST", body, keepalive: true });
  } catch {
    // A thrown value may itself throw when it is read, and the network may be what failed.
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

/** Function names and script positions only: the first line repeats the message, and addresses may hold anything. */
function readFrames(stack: string): string {
  const frames = stack.split("\n").flatMap((line) => {
    const [, name = "", position] = FRAME.exec(line) ?? [];
    return position === undefined ? [] : [`${hideNumbers(name)}@${position}`];
  });
  return frames.join("\n").slice(0, 2000);
}
