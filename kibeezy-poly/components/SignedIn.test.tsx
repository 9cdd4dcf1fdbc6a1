import { screen } from "@testing-library/react";
import { afterEach, expect, it, vi } from "vitest";
import { SignedIn } from "@/components/SignedIn";
import { writeRecord } from "@/lib/depositRecord";
import { noteServerTime, serverNow } from "@/lib/time";
import { api, buildTransaction, me } from "@/test/handlers";
import { renderPage } from "@/test/render";

const router = { replace: vi.fn() };
vi.mock("next/navigation", () => ({ useRouter: () => router }));

const page = (
  <SignedIn>
    <h1>Any page inside</h1>
  </SignedIn>
);

const shiftServer = (ms: number) => {
  noteServerTime(new Date(Date.now() + ms).toUTCString());
};

afterEach(() => {
  shiftServer(0);
});

it("shows the deposit under way on every page, and opens it there", async () => {
  api.transactions = [buildTransaction()];
  writeRecord(me.id, {
    key: "k",
    amount: 500,
    startedAt: new Date().toISOString(),
    newestIdBefore: 0,
    sent: true,
    earlier: [],
    transactionId: 41,
    minimised: true,
  });
  const { user } = renderPage(page);
  expect(screen.getByRole("heading", { name: "Any page inside" })).toBeVisible();

  await user.click(
    await screen.findByRole("button", { name: /Deposit of KSh\u00a0500: confirming/ }),
  );

  expect(await screen.findByRole("heading", { name: "Check your phone" })).toBeVisible();
});

it("finds a deposit begun lately on a phone whose clock is twenty minutes fast", async () => {
  shiftServer(-20 * 60_000);
  api.transactions = [buildTransaction({ created_at: new Date(serverNow()).toISOString() })];
  renderPage(page);
  expect(await screen.findByRole("button", { name: /Deposit of KSh\u00a0500/ })).toBeVisible();
});

it("leads a stranger to log in and back to where they were going", async () => {
  api.signedIn = false;
  renderPage(page);
  await vi.waitFor(() => {
    expect(router.replace).toHaveBeenCalledWith("/login?next=/wallet");
  });
});
