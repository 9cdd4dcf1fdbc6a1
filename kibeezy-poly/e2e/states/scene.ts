/** One state of one screen, brought about without a backend: what the API answers, what the device remembers, what is tapped. */
import type { Locator, Page } from "@playwright/test";
import { getResponse, type RequestHandler } from "msw";
import type { DepositRecord } from "@/features/deposit/depositRecord";
import type { Transaction } from "@/lib/api";
import { type Language, LANGUAGE_COOKIE } from "@/lib/language";
import { accountHandlers, resetFakeAccount } from "@/test/accountHandlers";
import { api, handlers, me, resetFakeApi } from "@/test/handlers";
import { type Say, speak } from "../say";

/** The screens' clock stands still, so that every run shows the same minutes and seconds. */
export const NOW = Date.parse("2026-11-25T08:42:00Z");

export type Scene = {
  /** In the gallery, and of its files. */
  name: string;
  path: string;
  /** What the API answers before its usual answers. */
  answers?: RequestHandler[];
  transactions?: Transaction[];
  /** The deposit that the device remembers. */
  record?: DepositRecord;
  signedOut?: boolean;
  environment?: "mock" | "sandbox";
  act?: (page: Page, say: Say) => Promise<void>;
  /** What is on the screen once the state has come. */
  shows: (page: Page, say: Say) => Locator;
};

/** Opens the page in the scene's state; its API is the one that the component tests have. */
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
    { name: "csrftoken", value: "token-of-the-cookie", domain, path: "/" },
  ]);
  if (scene.record !== undefined) await remember(page, scene.record);
  await answerFromFake(page, scene);
  await page.goto(scene.path);
  await scene.act?.(page, say);
  await scene.shows(page, say).first().waitFor();
  return say;
}

async function remember(page: Page, record: DepositRecord): Promise<void> {
  await page.addInitScript(
    ([name, value]) => {
      // A page that is loaded again keeps what it has made of it since.
      if (sessionStorage.getItem("scene") !== null) return;
      sessionStorage.setItem("scene", "set");
      localStorage.setItem(name, value);
    },
    [`kibeezy.deposit.${String(me.id)}`, JSON.stringify(record)] as const,
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
    // What msw calls a network error has no status.
    if (response.status === 0) return route.abort();
    return route.fulfill({
      status: response.status,
      headers: { ...Object.fromEntries(response.headers), "X-Environment": environment },
      body: Buffer.from(await response.arrayBuffer()),
    });
  });
}
