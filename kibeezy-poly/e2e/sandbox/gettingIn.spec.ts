/** Getting in and back: codes by SMS, which the virtual phone receives. */
import { randomInt } from "node:crypto";
import type { Page } from "@playwright/test";
import { accountMessages } from "@/features/account/messages";
import { sessionMessages } from "@/features/account/sessionMessages";
import type { Language } from "@/lib/language";
import { expectAccessible } from "../access";
import { expect, test } from "../customer";
import { type Say, speak } from "../say";
import { control } from "./simulator";

const FIRST = "jambo-kenya-2030";
const SECOND = "habari-kenya-2031";

/** A number whose owner is no customer yet, with a phone that is on. */
async function buyPhone(): Promise<string> {
  const msisdn = `2547${String(randomInt(10_000_000, 100_000_000))}`;
  await control("POST", "/customers", { phone: msisdn, balance: 1000, pin: "1234" });
  return msisdn;
}

type Inbox = { messages: { text: string }[] };

/** Waits for the phone's newest SMS that `fits`, and returns its text. */
async function readSms(msisdn: string, fits: RegExp): Promise<string> {
  let text = "";
  await expect
    .poll(async () => {
      const { messages } = (await control("GET", `/customers/${msisdn}`)) as Inbox;
      text = messages.find((message) => fits.test(message.text))?.text ?? "";
      return text;
    })
    .not.toBe("");
  return text;
}

const CODE = /^(\d{6}) (is your Kibeezy code|ni msimbo wako wa Kibeezy)/;

async function readCode(msisdn: string, other: string | null = null): Promise<string> {
  let code = "";
  await expect
    .poll(async () => {
      code = CODE.exec(await readSms(msisdn, CODE))?.[1] ?? "";
      return code;
    })
    .not.toBe(other ?? "");
  return code;
}

async function fillSignUp(page: Page, say: Say, msisdn: string) {
  await page.goto("/signup");
  await page.getByLabel(say.auth("fullName")).fill("Wanjiku Otieno");
  await page.getByLabel(say.auth("phone")).fill(`0${msisdn.slice(3)}`);
  await page.getByLabel(say.password("password"), { exact: true }).fill(FIRST);
  await page.getByRole("button", { name: say.auth("signupAction") }).click();
  await expect(page.getByLabel(say.code("code"))).toBeVisible();
}

async function signUp(page: Page, say: Say, msisdn: string) {
  await fillSignUp(page, say, msisdn);
  await page.getByLabel(say.code("code")).fill(await readCode(msisdn));
  await page.getByRole("button", { name: say.code("createAccount") }).click();
  await expect(page.getByTestId("balance")).toBeVisible();
}

async function inLanguage(page: Page, language: Language): Promise<Say> {
  await page.goto("/login");
  if (language === "sw") await page.getByRole("button", { name: "Kiswahili" }).click();
  await expect(page.locator("html")).toHaveAttribute("lang", language);
  return speak(language);
}

for (const language of ["en", "sw"] as const)
  test(`a new number is proven, its password forgotten and replaced, in ${language}`, async ({
    page,
    browser,
  }) => {
    const say = await inLanguage(page, language);
    const msisdn = await buyPhone();
    await signUp(page, say, msisdn);
    const first = await readCode(msisdn);

    // Another phone, where nobody is signed in.
    const context = await browser.newContext();
    const other = await context.newPage();
    await inLanguage(other, language);
    await other.getByRole("link", { name: say.auth("forgot") }).click();
    // The log-in form that is still there has a field of the same name.
    await expect(other.getByRole("heading", { name: say.code("forgotTitle") })).toBeVisible();
    await other.getByLabel(say.auth("phone")).fill(msisdn);
    await expectAccessible(other);
    await other.getByRole("button", { name: say.code("sendCode") }).click();
    await expect(other.getByLabel(say.code("code"))).toBeVisible();
    const code = await readCode(msisdn, first);
    // The phone's memory was short while the SMS was read.
    await other.reload();
    await expect(other.getByLabel(say.code("code"))).toBeVisible();
    await expectAccessible(other);
    const newPassword = other.getByLabel(say.code("newPassword"));
    const save = other.getByRole("button", { name: say.code("saveAndLogIn") });
    const wrong = String((Number(code) + 1) % 1_000_000).padStart(6, "0");
    await other.getByLabel(say.code("code")).fill(wrong);
    await newPassword.fill(SECOND);
    await save.click();
    await expect(other.getByRole("main").getByRole("alert")).toBeVisible();
    await other.getByLabel(say.code("code")).fill(`${code.slice(0, 3)} ${code.slice(3)}`);
    await save.click();
    await expect(other.getByTestId("balance")).toBeVisible();

    // The number hears of it, and the first phone is out.
    await readSms(msisdn, /password was changed|limebadilishwa/);
    await page.goto("/account");
    await expect(page).toHaveURL(/\/login/);
    const logIn = { phone_number: msisdn, password: FIRST };
    expect((await page.request.post("/api/auth/login/", { data: logIn })).status()).toBe(401);
    await context.close();
  });

test("a number with an account is told so on its phone alone", async ({ page, browser }) => {
  const say = await inLanguage(page, "en");
  const msisdn = await buyPhone();
  await signUp(page, say, msisdn);

  const context = await browser.newContext();
  const stranger = await context.newPage();
  await fillSignUp(stranger, say, msisdn);
  await readSms(msisdn, /has a Kibeezy account already/);
  await stranger.getByLabel(say.code("code")).fill("123456");
  await stranger.getByRole("button", { name: say.code("createAccount") }).click();

  await expect(stranger.getByText(/This is not the code/)).toBeVisible();
  await context.close();
});

test("the account page lists sessions, and logs out everywhere else", async ({ page, browser }) => {
  const say = await inLanguage(page, "en");
  const account = say.from(accountMessages);
  const sessions = say.from(sessionMessages);
  const msisdn = await buyPhone();
  await signUp(page, say, msisdn);
  const context = await browser.newContext();
  const other = await context.newPage();
  const data = { phone_number: msisdn, password: FIRST };
  expect((await other.request.post("/api/auth/login/", { data })).ok()).toBe(true);

  await page.goto("/account");
  const card = page.getByRole("region", { name: account("sessions") });
  await card.getByRole("heading", { name: account("sessions") }).click();
  await expect(card.getByRole("listitem")).toHaveCount(2);
  await expect(card.getByText(sessions("sessionThis"))).toHaveCount(1);
  await expectAccessible(page);
  await card.getByRole("button", { name: sessions("endOthers") }).click();

  await expect(card.getByText(sessions("othersEnded"))).toBeVisible();
  await expect(card.getByRole("listitem")).toHaveCount(1);
  expect((await other.request.get("/api/auth/me/")).status()).toBe(401);
  // This tab goes on under its new key.
  await page.goto("/wallet");
  await expect(page.getByTestId("balance")).toBeVisible();
  await context.close();
});
