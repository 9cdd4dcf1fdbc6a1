import { screen, waitFor, within } from "@testing-library/react";
import { http } from "msw";
import { describe, expect, it, vi } from "vitest";
import { CloseCard, ConsentCard, DataCard } from "@/features/privacy";
import { PrivacyNotice } from "@/features/privacy/PrivacyNotice";
import { account, buildWish } from "@/test/accountHandlers";
import { envelope } from "@/test/handlers";
import { renderPage } from "@/test/render";
import { server } from "@/test/server";

vi.mock("next/navigation", () => import("@/test/navigation"));

const LABEL = "Password of this account";

async function open(user: ReturnType<typeof renderPage>["user"], name: string) {
  const heading = await screen.findByRole("heading", { name });
  if (heading.closest("details")?.open === false) await user.click(heading);
  return within(screen.getByRole("region", { name }));
}

describe("closing the account", () => {
  it("says what the law keeps, asks for the password, and can be taken back", async () => {
    const { user } = renderPage(<CloseCard />);
    const card = await open(user, "Close my account");
    expect(await card.findByText(/for 7 years/)).toBeVisible();
    await user.click(card.getByRole("button", { name: "Ask to close it" }));
    expect(await card.findByText("Enter your password.")).toBeVisible();
    await user.type(card.getByLabelText(LABEL), "kibeezy-demo");
    await user.click(card.getByRole("button", { name: "Ask to close it" }));
    expect(await card.findByText(/We answer by/)).toBeVisible();
    expect(account.sent).toEqual([
      { path: "/api/auth/closing/", body: { current_password: "kibeezy-demo" } },
    ]);
    await user.click(card.getByRole("button", { name: "Keep my account" }));
    expect(await card.findByRole("button", { name: "Ask to close it" })).toBeVisible();
  });

  it("shows what has to end first, and our answer", async () => {
    account.closing = {
      request: buildWish({ status: "DECLINED", answer: "First take your money out." }),
      hindrances: ["balance", "pending"],
      keep_years: 7,
    };
    renderPage(<CloseCard />);
    expect(await screen.findByText("There is money in your wallet.")).toBeVisible();
    expect(screen.getByText("A deposit is under way.")).toBeVisible();
    expect(screen.getByText("Our answer: First take your money out.")).toBeVisible();
  });

  it("puts a wrong password beside its field", async () => {
    server.use(
      http.post("*/api/auth/closing/", () =>
        envelope(400, "invalid", "Check the fields.", {
          fields: { current_password: ["Wrong password."] },
        }),
      ),
    );
    const { user } = renderPage(<CloseCard />);
    const card = await open(user, "Close my account");
    await user.type(await card.findByLabelText(LABEL), "wrong{Enter}");
    await waitFor(() => {
      expect(card.getByLabelText(LABEL)).toHaveAccessibleDescription(/Wrong password/);
    });
  });
});

describe("my data", () => {
  it("saves a file", async () => {
    const saved = vi.fn();
    URL.createObjectURL = saved.mockReturnValue("blob:x");
    const { user } = renderPage(<DataCard />);
    const card = await open(user, "My data");
    await user.type(await card.findByLabelText(LABEL), "kibeezy-demo{Enter}");
    expect(await card.findByText(/Saved among your downloads/)).toBeVisible();
    const content = saved.mock.calls[0]?.[0] as Blob;
    expect(content.type).toBe("application/json");
  });
});

describe("the privacy notice", () => {
  it("has the API's numbers", async () => {
    renderPage(<PrivacyNotice />);
    expect(await screen.findByText(/for 7 years after your account is closed/)).toBeVisible();
    expect(screen.getByText(/within 7 days/)).toBeVisible();
    expect(screen.getByText(/odpc\.go\.ke/)).toBeVisible();
    expect(screen.getByText("Questions: our support.")).toBeVisible();
  });

  it("is asked about where another version was accepted, and then is not", async () => {
    account.consent = { version: "2026-12-01", accepted_version: null, accepted_at: null };
    const { user } = renderPage(<ConsentCard />);
    await user.click(await screen.findByRole("button", { name: "I accept" }));
    expect(await screen.findByText(/You accepted it on/)).toBeInTheDocument();
    expect(account.sent).toEqual([{ path: "/api/auth/privacy/", body: { version: "2026-12-01" } }]);
  });
});
