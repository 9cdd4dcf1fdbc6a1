import { act, screen, waitFor } from "@testing-library/react";
import { http } from "msw";
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { SignedIn } from "@/components/SignedIn";
import { readStoredDeposit, writeStoredDeposit } from "@/features/deposit/persist";
import { useDepositSheet } from "@/features/deposit/useDepositSheet";
import { noteServerTime, serverNow } from "@/lib/time";
import { useWallet } from "@/lib/useWallet";
import { api, buildTransaction, envelope, me } from "@/test/handlers";
import { renderPage } from "@/test/render";
import { server } from "@/test/server";

const startAfresh = vi.hoisted(() => vi.fn());
vi.mock("@/lib/startAfresh", () => ({ startAfresh, wasStartedAfresh: () => false }));
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

function storeDeposit() {
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
}

const shiftServer = (ms: number) => {
  noteServerTime(new Date(Date.now() + ms).toUTCString());
};

// On a busy machine the first load takes longer than a test may wait.
beforeAll(() => import("@/components/DepositModal"));

afterEach(() => {
  shiftServer(0);
  startAfresh.mockClear();
  router.replace.mockClear();
});

it("shows the deposit under way on every page, and opens it from there", async () => {
  api.transactions = [buildTransaction()];
  storeDeposit();
  const { user } = renderPage(page);
  expect(screen.getByRole("heading", { name: "Any page inside" })).toBeVisible();

  await user.click(
    await screen.findByRole("button", { name: /Deposit of KSh\u00a0500: confirming/ }),
  );

  expect(await screen.findByRole("heading", { name: "Enter your M\u2011PESA PIN" })).toBeVisible();
});

it("finds a recent deposit on a phone whose clock is twenty minutes fast", async () => {
  shiftServer(-20 * 60_000);
  api.transactions = [buildTransaction({ created_at: new Date(serverNow()).toISOString() })];
  renderPage(page);
  expect(await screen.findByRole("button", { name: /Deposit of KSh\u00a0500/ })).toBeVisible();
});

describe("a link with an amount", () => {
  afterEach(() => {
    window.history.replaceState(null, "", "/wallet");
  });

  it("opens the review of it, sends nothing, and leaves the address", async () => {
    window.history.replaceState(null, "", "/wallet?deposit=750&from=sms");
    renderPage(page);
    expect(await screen.findByRole("heading", { name: "You are about to deposit" })).toBeVisible();
    expect(window.location.search).toBe("?from=sms");
    expect(api.pushes).toEqual([]);
  });

  it("does not cover a deposit under way", async () => {
    window.history.replaceState(null, "", "/wallet?deposit=750");
    api.transactions = [buildTransaction()];
    storeDeposit();
    renderPage(page);
    expect(
      await screen.findByRole("heading", { name: "Enter your M\u2011PESA PIN" }),
    ).toBeVisible();
  });

  it.each([
    "/wallet?deposit=0",
    "/wallet?deposit=1e5",
    "/wallet?deposit=-5",
    "/deposits?deposit=5",
  ])("opens nothing for %s", async (path) => {
    window.history.replaceState(null, "", path);
    renderPage(openable);
    await screen.findByRole("button", { name: "Open" });
    expect(screen.queryByRole("dialog")).toBeNull();
  });
});

describe("another customer, who logged in from another tab", () => {
  const other = "8";

  function returnLater() {
    vi.spyOn(Date, "now").mockReturnValue(Date.now() + 60_000);
    act(() => {
      window.dispatchEvent(new Event("focus"));
    });
  }

  /** The API of another session: it refuses what names another account. */
  function logInElsewhere() {
    server.use(
      http.all("*/api/*", ({ request }) => {
        const named = request.headers.get("X-Account");
        return named === null || named === other
          ? envelope(404, "not_found", "Not of this account.")
          : envelope(409, "session_changed", "Another account.");
      }),
    );
  }

  it("gets a page loaded afresh, which keeps the deposit of the account before", async () => {
    api.transactions = [buildTransaction()];
    storeDeposit();
    const { user } = renderPage(page);
    await user.click(await screen.findByRole("button", { name: /Deposit of KSh\u00a0500/ }));
    await screen.findByRole("heading", { name: "Enter your M\u2011PESA PIN" });

    logInElsewhere();
    returnLater();

    await waitFor(() => {
      expect(startAfresh).toHaveBeenCalled();
    });
    expect(readStoredDeposit(me.id)).toMatchObject({ transactionId: 41 });
  });

  it("is announced by the other tab at once", async () => {
    const { user } = renderPage(openable);
    await user.click(await screen.findByRole("button", { name: "Open" }));

    announce({ id: String(me.id), at: 1 });
    expect(startAfresh).not.toHaveBeenCalled();
    announce({ id: other, at: 2 });
    expect(startAfresh).toHaveBeenCalled();
  });
});

it("leads to log in once another tab has logged out", async () => {
  renderPage(openable);
  await screen.findByRole("button", { name: "Open" });
  api.signedIn = false;
  announce({ id: null, at: 1 });
  await vi.waitFor(() => {
    expect(router.replace).toHaveBeenCalledWith("/login?next=/wallet&ended=1");
  });
});

/** Does what another tab does when a user logs in or out there. */
function announce(value: object) {
  window.localStorage.setItem("kibeezy.account", JSON.stringify(value));
  act(() => {
    window.dispatchEvent(new StorageEvent("storage", { key: "kibeezy.account" }));
  });
}

it("leads a visitor to log in and back to the page they asked for", async () => {
  api.signedIn = false;
  renderPage(page);
  await vi.waitFor(() => {
    expect(router.replace).toHaveBeenCalledWith("/login?next=/wallet");
  });
});
