import { screen } from "@testing-library/react";
import { expect, it, vi } from "vitest";
import { SignedIn } from "@/components/SignedIn";
import { writeRecord } from "@/lib/depositRecord";
import { api, buildTransaction, me } from "@/test/handlers";
import { renderPage } from "@/test/render";

const router = { replace: vi.fn() };
vi.mock("next/navigation", () => ({ useRouter: () => router }));

const page = (
  <SignedIn>
    <h1>Any page inside</h1>
  </SignedIn>
);

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

it("leads a stranger to log in and back to where they were going", async () => {
  api.signedIn = false;
  renderPage(page);
  await vi.waitFor(() => {
    expect(router.replace).toHaveBeenCalledWith("/login?next=/wallet");
  });
});
