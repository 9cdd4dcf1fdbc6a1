import { act, screen, waitFor } from "@testing-library/react";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { SignedIn } from "@/components/SignedIn";
import { WalletView } from "@/features/wallet/WalletView";
import { getShownAccount, switchAccount } from "@/lib/account";
import { getEnvironment } from "@/lib/environment";
import type { Start } from "@/lib/start";
import { api, buildTransaction, me } from "@/test/handlers";
import { renderPage } from "@/test/render";
import { server } from "@/test/server";

vi.mock("next/navigation", () => ({
  useRouter: () => ({ replace: vi.fn(), refresh: vi.fn(), prefetch: vi.fn() }),
  usePathname: () => "/wallet",
}));

let asked: string[] = [];

beforeEach(() => {
  document.cookie = "balance_hidden=; max-age=0; path=/";
  asked = [];
  server.events.removeAllListeners();
  server.events.on("request:start", ({ request }) => {
    asked.push(new URL(request.url).pathname);
  });
});

const build = (changes: Partial<Start> = {}): Start => ({
  me: me as Start["me"],
  wallet: { balance: "4321.00" } as Start["wallet"],
  page: {
    results: [buildTransaction({ id: 3, status: "COMPLETED", amount: 1500 })],
    next: null,
  } as Start["page"],
  limits: api.limits,
  paybill: null,
  environment: "sandbox",
  date: new Date().toUTCString(),
  readAt: Date.now(),
  ...changes,
});

const show = (start: Start | null | Promise<Start | null>) =>
  renderPage(
    <SignedIn start={start}>
      <WalletView />
    </SignedIn>,
  );

describe("what the server has read", () => {
  it("is shown at once, and nothing of it is asked for again", async () => {
    switchAccount(null);
    show(build());
    expect(screen.getByTestId("balance")).toHaveTextContent("KSh 4,321.00");
    expect(screen.getByText(/1,500/, { selector: "[data-status] *" })).toBeVisible();
    await act(() => Promise.resolve());
    expect(asked).toEqual([]);
    expect(getShownAccount()).toBe(String(me.id));
    expect(getEnvironment()).toBe("sandbox");
  });

  it("shows at the first paint that no deposit is possible", () => {
    show(build({ limits: { ...api.limits, refused_by: "identity_needed" as never, most_now: 0 } }));
    expect(document.querySelector("[data-block]")).not.toBeNull();
    expect(screen.queryByRole("button", { name: "Deposit" })).toBeNull();
  });

  it("is completed by the browser where something is missing", async () => {
    show(build({ limits: null, paybill: undefined }));
    await waitFor(() => {
      expect([...asked].sort()).toEqual(["/api/payments/limits/", "/api/payments/paybill/"]);
    });
  });

  it("is shown when it comes late; the browser does not ask meanwhile", async () => {
    let arrive: (start: Start) => void = () => undefined;
    await act(async () => {
      show(new Promise((resolve) => (arrive = resolve)));
      await Promise.resolve();
    });
    expect(screen.queryByTestId("balance")).toBeNull();
    await act(async () => {
      arrive(build());
      await Promise.resolve();
    });
    await waitFor(() => {
      expect(screen.getByTestId("balance")).toHaveTextContent("KSh 4,321.00");
    });
    expect(asked).toEqual([]);
  });

  it("is asked for by the browser where the server has none", async () => {
    await act(async () => {
      show(Promise.resolve(null));
      await Promise.resolve();
    });
    await waitFor(() => {
      expect(screen.getByTestId("balance")).toHaveTextContent("KSh 1,000.00");
    });
    expect(asked).toContain("/api/wallet/");
  });

  it("is hidden by a cookie, which the server reads", async () => {
    const { user } = show(build());
    await user.click(screen.getByRole("button", { name: "Hide balance" }));
    expect(screen.getByTestId("balance")).toHaveTextContent("••••");
    expect(document.cookie).toContain("balance_hidden=1");
    await user.click(screen.getByRole("button", { name: "Hide balance" }));
    expect(document.cookie).not.toContain("balance_hidden");
  });

  it("hides a balance that was hidden by the release before", async () => {
    window.localStorage.setItem("kibeezy.balanceHidden", '{"hidden":true}');
    show(build());
    await waitFor(() => {
      expect(screen.getByTestId("balance")).toHaveTextContent("••••");
    });
    expect(window.localStorage.getItem("kibeezy.balanceHidden")).toBeNull();
  });
});
