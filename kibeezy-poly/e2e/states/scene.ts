/**
 * A scene: one state of one page without a backend, made of the API's answers, the stored deposit
 * and taps.
 */
import type { Locator, Page } from "@playwright/test";
import { getResponse, type RequestHandler } from "msw";
import type { StoredDeposit } from "@/features/deposit/persist";
import type { Transaction } from "@/lib/api";
import { type Language, LANGUAGE_COOKIE } from "@/lib/language";
import { accountHandlers, resetFakeAccount } from "@/test/accountHandlers";
import { api, handlers, me, resetFakeApi } from "@/test/handlers";
import { type Say, speak } from "../say";

/** The pages' clock stands still at this moment, so that every run shows the same times. */
export const NOW = Date.parse("2026-11-25T08:42:00Z");

export type Scene = {
  /** The scene's name in the gallery and in the names of its screenshots. */
  name: string;
  path: string;
  /** Answers of the API that replace the fake API's usual ones. */
  answers?: RequestHandler[];
  transactions?: Transaction[];
  /** The deposit stored on the device. */
  stored?: StoredDeposit;
  signedOut?: boolean;
  environment?: "mock" | "sandbox";
  act?: (page: Page, say: Say) => Promise<void>;
  /** The element that is visible once the page has reached the scene's state. */
  shows: (page: Page, say: Say) => Locator;
};

/** Opens the page in the scene's state, with the fake API of the component tests. */
export async function openScene(page: Page, scene: Scene, language: Language): Promise<Say> {
  const say = speak(language);
  resetFakeApi();
  resetFakeAccount();
  api.transactions = scene.transactions ?? [];
  api.signedIn = !scene.signedOut;
  await page.clock.setFixedTime(NOW);
  const domain = "127.0.0.1";
  await page.context().addCookies([
    { name: LANGUAGE_COOKIE, value: language, domain, path: "/" },
    // With a session's cookie the page's server leads nobody to log in; it finds no API, and leaves
    // the reading to the browser.
    { name: "sessionid", value: "of-a-scene", domain, path: "/" },
    { name: "csrftoken", value: "token-of-the-cookie", domain, path: "/" },
  ]);
  if (scene.stored !== undefined) await remember(page, scene.stored);
  await answerFromFake(page, scene);
  await page.goto(scene.path);
  await scene.act?.(page, say);
  await scene.shows(page, say).first().waitFor();
  return say;
}

async function remember(page: Page, stored: StoredDeposit): Promise<void> {
  await page.addInitScript(
    ([name, value]) => {
      // Only at the first load: after a reload this would overwrite what the page has stored since.
      if (sessionStorage.getItem("scene") !== null) return;
      sessionStorage.setItem("scene", "set");
      localStorage.setItem(name, value);
    },
    [`kibeezy.deposit.${String(me.id)}`, JSON.stringify(stored)] as const,
  );
}

async function answerFromFake(page: Page, scene: Scene): Promise<void> {
  const environment = scene.environment ?? "mock";
  await page.route("**/api/**", async (route) => {
    const request = route.request();
    const response = await getResponse(
      [...(scene.answers ?? []), ...accountHandlers, ...handlers],
      new Request(request.url(), {
        method: request.method(),
        headers: request.headers(),
        body: request.postData(),
      }),
    );
    if (response === undefined) throw new Error(`The fake API knows no ${request.url()}.`);
    // Status 0 is how msw represents a network error.
    if (response.status === 0) return route.abort();
    return route.fulfill({
      status: response.status,
      headers: { ...Object.fromEntries(response.headers), "X-Environment": environment },
      body: Buffer.from(await response.arrayBuffer()),
    });
  });
}
