/** Operates the simulator's virtual phone as a customer does: in a separate tab beside the app. */
import { expect, type BrowserContext, type Page } from "@playwright/test";

const SIMULATOR = process.env.SIMULATOR_URL ?? "http://127.0.0.1:8100";

export async function openPhone(context: BrowserContext): Promise<Page> {
  const phone = await context.newPage();
  await phone.goto(SIMULATOR);
  await expect(phone.getByRole("button", { name: "Phone" })).toBeVisible();
  return phone;
}

export async function enterPin(phone: Page, pin: string): Promise<void> {
  await phone.bringToFront();
  await phone.getByLabel("Enter M-PESA PIN").fill(pin);
  await phone.getByRole("button", { name: "Send" }).click();
}

export async function pressOnPrompt(phone: Page, name: string): Promise<void> {
  await phone.bringToFront();
  await phone.getByRole("button", { name, exact: true }).click();
}
