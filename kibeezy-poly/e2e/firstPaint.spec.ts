/** The wallet as the server sends it: readable without scripts, asked for once, and nobody else's. */
import type { APIRequestContext, Browser, BrowserContext, Page } from "@playwright/test";
import { deposit, expect, logIn, PASSWORD, PHONE, test, title } from "./customer";
import { relay, type Relay, startPage } from "./relays";

const API = process.env.API_ORIGIN ?? "http://127.0.0.1:8000";

const opened: Relay[] = [];
const keep = (one: Relay) => {
  opened.push(one);
  return one.origin;
};

test.afterEach(() => {
  for (const one of opened.splice(0)) one.close();
});

async function signIn(request: APIRequestContext, origin = ""): Promise<void> {
  const data = { phone_number: PHONE, password: PASSWORD };
  expect((await request.post(`${origin}/api/auth/login/`, { data })).ok()).toBe(true);
}

/** A new customer, whose wallet is empty. */
async function signUp(request: APIRequestContext, origin = ""): Promise<void> {
  const data = {
    full_name: "Wanjiku Otieno",
    phone_number: `07${String(Date.now()).slice(-8)}`,
    password: "jambo-kenya-2030",
  };
  expect((await request.post(`${origin}/api/auth/signup/`, { data })).ok()).toBe(true);
}

async function withoutScripts(browser: Browser, baseURL: string): Promise<BrowserContext> {
  return browser.newContext({ javaScriptEnabled: false, baseURL });
}

const readBalance = async (request: APIRequestContext) =>
  ((await (await request.get("/api/wallet/")).json()) as { balance: string }).balance;

const rows = (page: Page) => page.locator("[data-transaction]");

test.beforeAll("the demo customer has a deposit", async ({ browser, baseURL }) => {
  const page = await browser.newPage({ baseURL: baseURL! });
  await logIn(page);
  await deposit(page, 350);
  await expect(title(page, "KSh 350 added")).toBeVisible();
  await page.close();
});

test("balance and deposits are read without a script", async ({ browser, baseURL }) => {
  const context = await withoutScripts(browser, baseURL!);
  await signIn(context.request);
  const page = await context.newPage();
  await page.goto("/wallet");
  const [shillings] = (await readBalance(context.request)).split(".");
  const shown = Number(shillings).toLocaleString("en-KE");
  await expect(page.getByTestId("balance")).toHaveText(new RegExp(`^KSh\\s${shown}\\.\\d\\d$`));
  await expect(page.getByTestId("balance")).toBeVisible();
  await expect(rows(page).first()).toBeVisible();
  await expect(rows(page).first()).toContainText("KSh 350");
  await context.close();
});

test("the browser asks for nothing that the server has read", async ({ page }) => {
  await signIn(page.context().request);
  const asked: string[] = [];
  page.on("request", (request) => {
    const { pathname } = new URL(request.url());
    if (pathname.startsWith("/api/")) asked.push(pathname);
  });
  await page.goto("/wallet");
  await expect(page.locator("[data-environment]")).toBeVisible();
  await page.waitForLoadState("networkidle");
  expect(asked).toEqual([]);
  await page.getByRole("button", { name: "Hide balance" }).click();
  await expect(page.getByTestId("balance")).toHaveText(/••••/);
});

test("a balance that the customer hid is not shown by the server either", async ({
  browser,
  baseURL,
}) => {
  const context = await withoutScripts(browser, baseURL!);
  await signIn(context.request);
  await context.addCookies([{ name: "balance_hidden", value: "1", url: baseURL! }]);
  const page = await context.newPage();
  await page.goto("/wallet");
  await expect(page.getByTestId("balance")).toHaveText(/••••/);
  await context.close();
});

test("two customers at the same time see each their own, a cache in front too", async ({
  browser,
  baseURL,
}) => {
  const origin = keep(await relay(baseURL!, { caches: true }));
  const [one, two] = await Promise.all([
    browser.newContext({ baseURL: origin }),
    browser.newContext({ baseURL: origin }),
  ]);
  await signIn(one.request);
  await signUp(two.request);
  const own = (await readBalance(one.request)).split(".")[0]!;
  expect(Number(own)).toBeGreaterThan(0);
  const shownTo = async (context: BrowserContext) => {
    const answer = await context.request.get("/wallet");
    expect(answer.headers()["cache-control"]).toContain("no-store");
    expect(answer.headers()["x-cache"]).toBeUndefined();
    return /data-testid="balance"[^>]*>KSh.([\d,]+)\./.exec(await answer.text())?.[1];
  };
  const turns = Array.from({ length: 8 }, (_, turn) => shownTo(turn % 2 === 0 ? one : two));
  const shown = await Promise.all(turns);
  const expected = Number(own).toLocaleString("en-KE");
  expect(shown).toEqual(shown.map((_, turn) => (turn % 2 === 0 ? expected : "0")));
  // What may be kept is: the cache in front works.
  const script = /\/_next\/static\/chunks\/[\w.~-]+\.js/.exec(
    await (await one.request.get("/login")).text(),
  )![0];
  await one.request.get(script);
  expect((await two.request.get(script)).headers()["x-cache"]).toBe("hit");
  await Promise.all([one.close(), two.close()]);
});

test("a visitor without a session is sent to log in by the server", async ({
  request,
  baseURL,
}) => {
  for (const path of ["/wallet", "/deposits?status=FAILED", "/account"]) {
    const answer = await request.get(path, { maxRedirects: 0 });
    expect(answer.status()).toBe(307);
    const { pathname, searchParams } = new URL(answer.headers().location!, baseURL);
    expect([pathname, searchParams.get("next")]).toEqual(["/login", path]);
  }
  // So is one whose session has ended.
  const ended = await request.get("/wallet", {
    maxRedirects: 0,
    headers: { cookie: "sessionid=ended" },
  });
  expect(ended.status()).toBe(307);
});

test("a slow API delays the balance, not the page", async ({ browser }) => {
  const slow = keep(await relay(API, { delay: ({ url }) => (url === "/api/wallet/" ? 1500 : 0) }));
  const origin = keep(await startPage(slow));
  const context = await browser.newContext({ baseURL: origin });
  await signIn(context.request);
  const page = await context.newPage();
  const asked: string[] = [];
  page.on("request", (request) => {
    if (request.url().includes("/api/")) asked.push(request.url());
  });
  await page.goto("/wallet", { waitUntil: "commit" });
  await expect(page.locator(".skeleton").first()).toBeVisible();
  await expect(page.getByTestId("balance")).toBeVisible();
  await page.waitForLoadState("networkidle");
  expect(asked).toEqual([]);
  await page.getByRole("button", { name: "Deposit", exact: true }).click();
  await expect(page.getByRole("dialog")).toBeVisible();

  const plain = await withoutScripts(browser, origin);
  await plain.addCookies(await context.cookies());
  const bare = await plain.newPage();
  await bare.goto("/wallet");
  await expect(bare.getByTestId("balance")).toBeVisible();
  await expect(bare.locator(".skeleton").first()).toBeHidden();
  await Promise.all([context.close(), plain.close()]);
});

test("where the API does not answer the server, the browser asks", async ({ browser }) => {
  let held = 1;
  const silent = keep(
    await relay(API, { delay: ({ url }) => (url === "/api/wallet/" && held-- > 0 ? null : 0) }),
  );
  const context = await browser.newContext({ baseURL: keep(await startPage(silent)) });
  await signIn(context.request);
  const page = await context.newPage();
  await page.goto("/wallet", { waitUntil: "commit" });
  await expect(page.getByTestId("balance")).toBeVisible();
  await context.close();
});

test("the first paint needs the page and its style, and no script", async ({ page }) => {
  await signIn(page.context().request);
  await page.route("**/_next/static/**/*.js", (route) => route.abort());
  const devtools = await page.context().newCDPSession(page);
  await devtools.send("Network.enable");
  const bytes = new Map<string, number>();
  const types = new Map<string, string>();
  devtools.on("Network.responseReceived", ({ requestId, type }) => types.set(requestId, type));
  devtools.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
    const type = types.get(requestId) ?? "";
    if (type === "Document" || type === "Stylesheet") bytes.set(requestId, encodedDataLength);
  });
  await page.goto("/wallet");
  await expect(page.getByTestId("balance")).toBeVisible();
  await expect(rows(page).first()).toBeVisible();
  const total = [...bytes.values()].reduce((sum, one) => sum + one, 0);
  test
    .info()
    .annotations.push({ type: "bytes before the largest paint", description: String(total) });
  process.stdout.write(`${String(bytes.size)} requests, ${String(total)} bytes\n`);
  expect(bytes.size).toBe(2);
  expect(total).toBeLessThan(20_000);
});
