import { act, screen, waitFor } from "@testing-library/react";
import { http, HttpResponse } from "msw";
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { SignedIn } from "@/components/SignedIn";
import { writeStoredDeposit } from "@/features/deposit/persist";
import { useDepositSheet } from "@/features/deposit/useDepositSheet";
import { noteServerTime, serverNow } from "@/lib/time";
import { useWallet } from "@/lib/useWallet";
import { api, buildTransaction, me } from "@/test/handlers";
import { renderPage } from "@/test/render";
import { server } from "@/test/server";

const router = { replace: vi.fn() };
vi.mock("next/navigation", () => ({ useRouter: () => router }));

const page = (
  <SignedIn>
    <h1>Any page inside</h1>
  </SignedIn>
);

function Opener() {
  const { open } = useDepositSheet();
  const { data } = useWallet();
  return data === null ? null : (
    <button
      type="button"
      onClick={() => {
        open();
      }}
    >
      Open
    </button>
  );
}

const openable = (
  <SignedIn>
    <Opener />
  </SignedIn>
);

const shiftServer = (ms: number) => {
  noteServerTime(new Date(Date.now() + ms).toUTCString());
};

// On a busy machine the first load takes longer than a test may wait.
beforeAll(() => import("@/components/DepositModal"));

afterEach(() => {
  shiftServer(0);
});

it("shows the deposit under way on every page, and opens it from there", async () => {
  api.transactions = [buildTransaction()];
  writeStoredDeposit(me.id, {
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

it("finds a recent deposit on a phone whose clock is twenty minutes fast", async () => {
  shiftServer(-20 * 60_000);
  api.transactions = [buildTransaction({ created_at: new Date(serverNow()).toISOString() })];
  renderPage(page);
  expect(await screen.findByRole("button", { name: /Deposit of KSh\u00a0500/ })).toBeVisible();
});

describe("another customer, who logged in from another tab", () => {
  function returnAs(other: typeof me) {
    server.use(http.get("*/api/auth/me/", () => HttpResponse.json(other)));
    vi.spyOn(Date, "now").mockReturnValue(Date.now() + 60_000);
    act(() => {
      window.dispatchEvent(new Event("focus"));
    });
  }
  const other = { ...me, id: 8, phone_number: "254799999999" };

  it("sees neither sheet nor pill of the previous one", async () => {
    api.transactions = [buildTransaction()];
    const { user } = renderPage(page);
    await user.click(await screen.findByRole("button", { name: /Deposit of KSh\u00a0500/ }));
    await screen.findByRole("heading", { name: "Check your phone" });

    api.transactions = [];
    returnAs(other);

    await waitFor(() => {
      expect(screen.queryByRole("heading", { name: "Check your phone" })).toBeNull();
    });
    expect(screen.queryByRole("button", { name: /Deposit of KSh/ })).toBeNull();
    expect(screen.queryByRole("dialog")).toBeNull();
  });

  it("does not get the previous one's limits", async () => {
    const { user } = renderPage(openable);
    api.limits = { ...api.limits, max_amount: 700 };
    await user.click(await screen.findByRole("button", { name: "Open" }));
    expect(await screen.findByText(/to KSh 700\./)).toBeVisible();

    server.use(http.get("*/api/payments/limits/", () => HttpResponse.error()));
    returnAs(other);
    await waitFor(() => {
      expect(screen.queryByRole("dialog")).toBeNull();
    });
    await user.click(screen.getByRole("button", { name: "Open" }));
    await screen.findByLabelText("Amount in KSh");
    expect(screen.queryByText(/to KSh 700\./)).toBeNull();
  });
});

it("leads a visitor to log in and back to the page they asked for", async () => {
  api.signedIn = false;
  renderPage(page);
  await vi.waitFor(() => {
    expect(router.replace).toHaveBeenCalledWith("/login?next=/wallet");
  });
});
