/**
 * Loads the page afresh when the server has another build of it: after a release the code that an
 * open page loads on demand is gone, and asking for it again would fail for ever.
 */
import { reload } from "@/lib/reload";

const KEY = "kibeezy.build";
const TIMEOUT_MS = 10_000;

/** What the customer was about to do, to be done after the load; null: nothing. */
export type Intent = { opensSheet: true; chosenId: number | null } | null;

type Reloaded = { build: string; intent: Intent };

/**
 * Called when code could not be loaded. Resolves with true if the page is being loaded afresh, with
 * false if its build is still the server's, the server cannot be reached, or that build has been
 * loaded for already: during a release two servers may disagree.
 */
export async function loadNewBuild(intent: Intent = null): Promise<boolean> {
  const mine = document.documentElement.dataset.build ?? "";
  const build = await askBuild();
  if (mine === "" || build === null || build === mine || readReloaded()?.build === build)
    return false;
  // Where nothing can be stored, only a tap loads afresh: otherwise the page might reload for ever.
  if (!writeReloaded({ build, intent }) && intent === null) return false;
  reload();
  return true;
}

/** What the customer was about to do before the page was loaded afresh; given once. */
export function takeIntent(): Intent {
  const reloaded = readReloaded();
  if (reloaded?.intent == null) return null;
  writeReloaded({ ...reloaded, intent: null });
  return reloaded.intent;
}

/** The server's build of the page; null if it gives no answer. */
async function askBuild(): Promise<string | null> {
  const controller = new AbortController();
  const timer = setTimeout(() => {
    controller.abort();
  }, TIMEOUT_MS);
  try {
    const answer = await fetch("/build", { cache: "no-store", signal: controller.signal });
    const build = answer.ok ? await answer.text() : "";
    return /^[\w-]{1,64}$/.test(build) ? build : null;
  } catch {
    return null;
  } finally {
    clearTimeout(timer);
  }
}

function readReloaded(): Reloaded | null {
  try {
    return JSON.parse(window.sessionStorage.getItem(KEY) ?? "null") as Reloaded | null;
  } catch {
    return null;
  }
}

function writeReloaded(reloaded: Reloaded): boolean {
  try {
    window.sessionStorage.setItem(KEY, JSON.stringify(reloaded));
    return true;
  } catch {
    return false;
  }
}
