/** The page on a cheap phone and a slow network: time until usable, layout shift, response to taps, traffic. */
import { type BrowserContext, expect, type Page, test } from "@playwright/test";
import budget from "../../budget.json" with { type: "json" };
import { PASSWORD, title } from "../customer";
import { answerPrompt } from "../sandbox/simulator";
import { keepFigures } from "./figures";
import { readVitals, slowDown, type Vitals, watchVitals } from "./phone";
import { countTraffic, type Exchange, findLargestBody, sumTraffic } from "./traffic";

const MSISDN = "254712345678";
const LIMITS = budget.profile;
/** The time a customer needs to read the prompt and enter the PIN. */
const PIN_MS = 12_000;

/** A busy machine can only make a measurement worse, so the best of up to five counts. */
const TRIES = 5;

const isWithin = ({ usableMs, layoutShift, inpMs }: Vitals) =>
  usableMs !== null &&
  usableMs <= LIMITS.usableMs &&
  layoutShift < LIMITS.layoutShift &&
  inpMs <= LIMITS.inpMs;

test.describe.configure({ timeout: 240_000 });

async function bestOf(measure: (turn: number) => Promise<Vitals>): Promise<Vitals> {
  const tried: Vitals[] = [];
  while (tried.length < TRIES && !tried.some(isWithin)) tried.push(await measure(tried.length));
  const best = tried.sort(
    (one, other) =>
      Number(isWithin(other)) - Number(isWithin(one)) ||
      (one.usableMs ?? Infinity) - (other.usableMs ?? Infinity),
  );
  return best[0]!;
}

function expectWithin(name: string, vitals: Vitals): void {
  const { usableMs, lcpMs, layoutShift, inpMs, slowest } = vitals;
  const figures = `${name}: usable after ${String(Math.round(usableMs ?? -1))} ms, largest paint ${String(Math.round(lcpMs))} ms, layout shift ${layoutShift.toFixed(3)}, slowest answer ${String(inpMs)} ms (${slowest})`;
  process.stdout.write(`${[figures, ...vitals.moved].join("\n")}\n`);
  expect(isWithin(vitals), figures).toBe(true);
}

async function signIn(context: BrowserContext): Promise<void> {
  const answer = await context.request.post("/api/auth/login/", {
    data: { phone_number: MSISDN, password: PASSWORD },
  });
  expect(answer.ok()).toBe(true);
}

/** The page shows its forms and buttons before its code has come, so being visible says nothing. */
async function waitUntilUsable(page: Page): Promise<void> {
  await expect
    .poll(async () => (await readVitals(page)).usableMs, { timeout: 60_000 })
    .not.toBeNull();
}

test("the log-in page", async ({ browser }) => {
  const vitals = await bestOf(async () => {
    const context = await browser.newContext();
    const page = await context.newPage();
    await slowDown(context, page);
    await watchVitals(page, "form button[type=submit]");
    await page.goto("/login", { waitUntil: "commit" });
    await waitUntilUsable(page);
    await page.getByLabel("Phone number").tap();
    await page.keyboard.type("0712");
    const read = await readVitals(page);
    await context.close();
    return read;
  });
  keepFigures("login", vitals);
  expectWithin("log-in page", vitals);
});

for (const { largestMs, ...network } of budget.paint)
  test(`the wallet's balance at ${String(network.kbps)} kbit/s`, async ({ browser }) => {
    let best: Vitals | null = null;
    const isDone = () => best !== null && best.lcpMs <= largestMs && best.layoutShift === 0;
    for (let turn = 0; turn < TRIES && !isDone(); turn += 1) {
      const context = await browser.newContext();
      await signIn(context);
      const page = await context.newPage();
      await slowDown(context, page, network);
      await watchVitals(page, "main button[aria-haspopup=dialog]");
      await page.goto("/wallet", { waitUntil: "commit" });
      await expect(page.getByTestId("balance")).toBeVisible();
      await waitUntilUsable(page);
      const read = await readVitals(page);
      if (best === null || read.lcpMs < best.lcpMs) best = read;
      await context.close();
    }
    const { lcpMs, layoutShift, usableMs, moved } = best!;
    const figures = `largest paint ${String(Math.round(lcpMs))} ms, usable after ${String(Math.round(usableMs ?? -1))} ms, layout shift ${layoutShift.toFixed(3)}`;
    process.stdout.write(`${[figures, ...moved].join("\n")}\n`);
    keepFigures(`paint-${String(network.kbps)}`, { ...network, ...best! });
    expect(lcpMs, figures).toBeLessThanOrEqual(largestMs);
    expect(layoutShift, moved.join("\n")).toBe(0);
  });

test("the wallet and a whole deposit", async ({ browser }) => {
  let exchanges: Exchange[] = [];
  const vitals = await bestOf(async (turn) => {
    // M-PESA refuses the same amount twice within two minutes.
    const amount = String(501 + turn);
    const context = await browser.newContext();
    await signIn(context);
    const page = await context.newPage();
    const devtools = await slowDown(context, page);
    await watchVitals(page, "main button[aria-haspopup=dialog]");
    await page.goto("/wallet", { waitUntil: "commit" });
    const opener = page.getByRole("button", { name: "Deposit", exact: true });
    await expect(opener).toBeEnabled();
    // The code of the sheet is loaded before the tap, once the page is idle.
    await page.waitForLoadState("networkidle");
    await page.waitForTimeout(3000);

    const readTraffic = countTraffic(devtools);
    await opener.tap();
    const sheet = page.getByRole("dialog");
    await sheet.getByLabel("Amount in KSh").tap();
    await page.keyboard.type(amount);
    await sheet.getByRole("button", { name: /^Continue/ }).tap();
    await sheet.getByRole("button", { name: /^Deposit KSh/ }).tap();
    await expect(title(page, "Enter your M\u2011PESA PIN")).toBeVisible();
    await page.waitForTimeout(PIN_MS);
    await answerPrompt(MSISDN, "pin");
    await expect(title(page, `KSh ${amount} added`)).toBeVisible();
    await sheet.getByRole("button", { name: "Done" }).tap();
    await page.waitForLoadState("networkidle");
    const read = await readVitals(page);
    exchanges = readTraffic();
    await context.close();
    return read;
  });
  const total = sumTraffic(exchanges);
  const status = findLargestBody(exchanges, "/status/");
  keepFigures("wallet", vitals);
  keepFigures("traffic", { total, status, exchanges });
  const list = exchanges.map(
    ({ path, sent, received }) => `${path}: ${String(sent)} + ${String(received)}`,
  );
  process.stdout.write(`${list.join("\n")}\n${String(total)} bytes in all\n`);
  expect.soft(total, list.join("\n")).toBeLessThanOrEqual(budget.traffic.depositKB * 1000);
  expect.soft(status, "the largest status answer").toBeLessThanOrEqual(budget.traffic.statusBytes);
  expectWithin("wallet and deposit", vitals);
});
