/**
 * Reports errors of the page to our own server, never to a third party, without phone numbers and
 * amounts. The server masks numbers again; masking here means that they are not even sent.
 */
import { ApiError } from "@/lib/errors";
import { fetchWithAuth } from "@/lib/fetchWithAuth";
import type { components } from "@/types/api";

export type PageError = components["schemas"]["PageErrorRequest"];

const MAX_REPORTS = 5;
const told = new Set<string>();

// Matches three or more digits in any grouping, and any number after the currency.
const NUMBER = /\b(ksh|kes|sh)s?[.\s]{0,3}\d(?:[,.\s]?\d)*|\d(?:[,.\s]?\d){2,}/gi;
const NOT_PLAIN = /[^\x20-\x7e\u00a0-\ud7ff]+/g;
const FRAME = /^\s*(?:at )?(.*?)[ @(]*[^\s@(]*\/([\w~.-]+\.js:\d+:\d+)/;

/**
 * Reports an error: at most five per page load, each message once. Never rejects, since a failed
 * report must not cause another error.
 */
export async function reportPageError(kind: PageError["kind"], thrown: unknown): Promise<void> {
  // An error answer of the API needs no report: the customer sees it, and the API has logged it.
  if (thrown instanceof ApiError) return;
  try {
    const body = describe(kind, thrown);
    if (told.size === MAX_REPORTS || told.has(body.message)) return;
    told.add(body.message);
    await fetchWithAuth<null>("/api/page-errors/", {
      method: "POST",
      body,
      keepalive: true,
      anyAccount: true,
    });
  } catch {
    // Reading the thrown value may itself throw, and the network may be the cause of the error: no
    // report is sent.
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

/**
 * The stack reduced to function names and positions in scripts: its first line repeats the message,
 * and its addresses may hold customer data.
 */
function readFrames(stack: string): string {
  const frames = stack.split("\n").flatMap((line) => {
    const [, name = "", position] = FRAME.exec(line) ?? [];
    return position === undefined ? [] : [`${hideNumbers(name)}@${position}`];
  });
  return frames.join("\n").slice(0, 2000);
}
