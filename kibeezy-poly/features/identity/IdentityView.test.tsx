import { fireEvent, screen } from "@testing-library/react";
import { http } from "msw";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { SignedIn } from "@/components/SignedIn";
import { IdentityView } from "@/features/identity/IdentityView";
import { account, buildSubmission } from "@/test/accountHandlers";
import { envelope } from "@/test/handlers";
import { goTo } from "@/test/navigation";
import { renderPage } from "@/test/render";
import { server } from "@/test/server";

vi.mock("next/navigation", () => import("@/test/navigation"));

const page = (
  <SignedIn>
    <IdentityView />
  </SignedIn>
);

beforeEach(() => {
  goTo("/identity");
});

async function fillIn(user: ReturnType<typeof renderPage>["user"]) {
  await user.clear(await screen.findByLabelText("Full name"));
  await user.type(screen.getByLabelText("Full name"), " Wanjiku Otieno ");
  await user.type(screen.getByLabelText("ID number"), "1234 5678");
  fireEvent.change(screen.getByLabelText("Date of birth"), { target: { value: "1990-12-31" } });
}

describe("the identity page", () => {
  it("tells why it asks, sends the details, and shows them masked while they are checked", async () => {
    const { user } = renderPage(page);
    expect(await screen.findByText("Not sent yet")).toBeVisible();
    expect(screen.getByRole("heading", { name: "Why we ask" })).toBeVisible();

    await fillIn(user);
    await user.click(screen.getByRole("button", { name: "Send for checking" }));

    expect(await screen.findByText("Being checked")).toBeVisible();
    expect(account.sent).toEqual([
      {
        path: "/api/kyc/",
        body: {
          full_name: "Wanjiku Otieno",
          id_number: "1234 5678",
          date_of_birth: "1990-12-31",
        },
      },
    ]);
    expect(screen.getByText("****5678")).toBeVisible();
    expect(screen.queryByRole("button", { name: "Send for checking" })).not.toBeInTheDocument();
  });

  it("links every error to its field, and sends nothing", async () => {
    const { user } = renderPage(page);
    await user.clear(await screen.findByLabelText("Full name"));
    await user.click(screen.getByRole("button", { name: "Send for checking" }));
    expect(screen.getByLabelText("Full name")).toHaveAccessibleDescription(/Enter your full name/);
    expect(screen.getByLabelText("ID number")).toHaveAccessibleDescription(/Enter your ID number/);
    expect(screen.getByLabelText("Date of birth")).toHaveAccessibleDescription(/date of birth/);
    expect(account.sent).toEqual([]);
  });

  it("puts the server's errors beside their fields", async () => {
    server.use(
      http.post("*/api/kyc/", () =>
        envelope(400, "validation_error", "Check the fields.", {
          fields: { date_of_birth: ["You must be 18 or older."] },
        }),
      ),
    );
    const { user } = renderPage(page);
    await fillIn(user);
    await user.click(screen.getByRole("button", { name: "Send for checking" }));
    expect(
      await screen.findByText("You must be 18 or older.", { selector: "[role=alert] > span" }),
    ).toBeVisible();
    expect(screen.getByLabelText("ID number")).toHaveValue("1234 5678");
  });

  it("shows a rejection with its reason, and accepts the details again", async () => {
    account.identity = {
      kyc_status: "REJECTED",
      tier: "basic",
      submission: buildSubmission({
        status: "REJECTED",
        decided_at: "2026-11-25T10:00:00Z",
        reason: "The name does not match the ID.",
      }),
      may_submit: true,
    };
    const { user } = renderPage(page);
    expect(await screen.findByText("The name does not match the ID.")).toBeVisible();
    expect(screen.getByRole("heading", { name: "Send your details again" })).toBeVisible();
    expect(screen.getByLabelText("Full name")).toHaveValue("Wanjiku Otieno");
    expect(screen.getByLabelText("Date of birth")).toHaveValue("1990-12-31");
    await fillIn(user);
    await user.click(screen.getByRole("button", { name: "Send for checking" }));
    await vi.waitFor(() => {
      expect(account.sent).toHaveLength(1);
    });
  });

  it("sends a customer who may not try again to support", async () => {
    account.identity = {
      kyc_status: "REJECTED",
      tier: "basic",
      submission: buildSubmission({ status: "REJECTED" }),
      may_submit: false,
    };
    renderPage(page);
    expect(await screen.findByText(/contact support/)).toBeVisible();
    expect(screen.queryByLabelText("Full name")).not.toBeInTheDocument();
  });

  it.each([null, buildSubmission({ status: "VERIFIED" })])(
    "asks nothing of a verified customer (%#)",
    async (submission) => {
      account.identity = { kyc_status: "VERIFIED", tier: "full", submission, may_submit: false };
      renderPage(page);
      expect(await screen.findByText("Confirmed")).toBeVisible();
      expect(screen.getByRole("link", { name: "Go to deposit" })).toHaveAttribute(
        "href",
        "/wallet",
      );
      expect(screen.queryByLabelText("Full name")).not.toBeInTheDocument();
    },
  );

  it("says to a customer of the basic level how to get the full one", async () => {
    account.identity = {
      kyc_status: "VERIFIED",
      tier: "basic",
      submission: null,
      may_submit: false,
    };
    renderPage(page);
    expect(await screen.findByText(/for the full level, ask our support/)).toBeVisible();
    expect(screen.queryByText(/full limits/)).toBeNull();
  });

  it("speaks Kiswahili", async () => {
    renderPage(page, "sw");
    expect(await screen.findByText("Bado hujatuma")).toBeVisible();
  });
});
