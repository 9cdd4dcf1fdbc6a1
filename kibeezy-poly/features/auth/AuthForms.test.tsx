import { screen, waitFor } from "@testing-library/react";
import { http, HttpResponse } from "msw";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { LoginForm } from "@/features/auth/LoginForm";
import { SignupForm } from "@/features/auth/SignupForm";
import { envelope, me } from "@/test/handlers";
import { renderPage } from "@/test/render";
import { server } from "@/test/server";

const replace = vi.fn();
const router = { replace };
vi.mock("next/navigation", () => ({ useRouter: () => router }));

beforeEach(() => {
  replace.mockClear();
});

function expectBody(path: string, body: unknown) {
  server.use(
    http.post(path, async ({ request }) => {
      expect(await request.json()).toEqual(body);
      return HttpResponse.json(me);
    }),
  );
}

describe("logging in", () => {
  const login = <LoginForm next="/wallet" sessionEnded={false} />;

  it("accepts any spelling of the number and continues", async () => {
    expectBody("*/api/auth/login/", { phone_number: "254712345678", password: "kibeezy-demo" });
    const { user } = renderPage(login);
    await user.type(screen.getByLabelText("Phone number"), "+254 712 345 678");
    await user.type(screen.getByLabelText("Password"), "kibeezy-demo{Enter}");
    await waitFor(() => {
      expect(replace).toHaveBeenCalledWith("/wallet");
    });
  });

  it("sends what the browser filled in without telling React", async () => {
    expectBody("*/api/auth/login/", { phone_number: "254712345678", password: "kibeezy-demo" });
    const { user } = renderPage(login);
    screen.getByLabelText<HTMLInputElement>("Phone number").value = "0712345678";
    screen.getByLabelText<HTMLInputElement>("Password").value = "kibeezy-demo";
    await user.click(screen.getByRole("button", { name: "Log in" }));
    await waitFor(() => {
      expect(replace).toHaveBeenCalledWith("/wallet");
    });
  });

  it("links its errors to the fields", async () => {
    const { user } = renderPage(login);
    await user.click(screen.getByRole("button", { name: "Log in" }));
    expect(screen.getByLabelText("Phone number")).toHaveAccessibleDescription(
      /Kenyan mobile number/,
    );
    expect(screen.getByLabelText("Password")).toHaveAccessibleDescription("Enter your password.");
  });

  it("shows the server's sentence, and ours without network", async () => {
    server.use(
      http.post(
        "*/api/auth/login/",
        () => envelope(401, "invalid_credentials", "That is not right."),
        { once: true },
      ),
    );
    const { user } = renderPage(login);
    await user.type(screen.getByLabelText("Phone number"), "0712345678");
    await user.type(screen.getByLabelText("Password"), "wrong-password{Enter}");
    expect(await screen.findByText("That is not right.")).toBeVisible();

    server.use(http.post("*/api/auth/login/", () => HttpResponse.error()));
    await user.click(screen.getByRole("button", { name: "Log in" }));
    expect(await screen.findByText(/cannot reach us/)).toBeVisible();
    expect(replace).not.toHaveBeenCalled();
  });

  it("shows and hides the password", async () => {
    const { user } = renderPage(login);
    await user.click(screen.getByRole("button", { name: "Show" }));
    expect(screen.getByLabelText("Password")).toHaveAttribute("type", "text");
  });

  it("tells that the session has ended", () => {
    renderPage(<LoginForm next="/wallet" sessionEnded />);
    expect(screen.getByText(/Your session ended/)).toBeVisible();
  });
});

describe("signing up", () => {
  it("sends name, number and password", async () => {
    expectBody("*/api/auth/signup/", {
      full_name: "Wanjiku",
      phone_number: "254110345678",
      password: "long enough",
      privacy_version: "2026-12-01",
    });
    const { user } = renderPage(<SignupForm />);
    expect(screen.getByRole("link", { name: "privacy notice" })).toHaveAttribute(
      "href",
      "/privacy",
    );
    await user.type(screen.getByLabelText("Full name"), " Wanjiku ");
    await user.type(screen.getByLabelText("Phone number"), "0110 345 678");
    await user.type(screen.getByLabelText("Password"), "long enough{Enter}");
    await waitFor(() => {
      expect(replace).toHaveBeenCalledWith("/wallet");
    });
  });

  async function fill(user: ReturnType<typeof renderPage>["user"], number = "0712345678") {
    await user.type(screen.getByLabelText("Full name"), "Wanjiku");
    await user.clear(screen.getByLabelText("Phone number"));
    await user.type(screen.getByLabelText("Phone number"), number);
    await user.type(screen.getByLabelText("Password"), "long enough{Enter}");
  }

  function sendCodes() {
    const numbers: string[] = [];
    server.use(
      http.post("*/api/auth/signup/code/", async ({ request }) => {
        numbers.push(((await request.json()) as { phone_number: string }).phone_number);
        const answer = { proof: `proof-${String(numbers.length)}`, expires_at: "" };
        return HttpResponse.json(answer, { status: 202 });
      }),
    );
    return numbers;
  }

  it("asks for the code from the SMS where the API sends one", async () => {
    const numbers = sendCodes();
    expectBody("*/api/auth/signup/", {
      full_name: "Wanjiku",
      phone_number: "254712345678",
      password: "long enough",
      privacy_version: "2026-12-01",
      proof: "proof-1",
      code: "482160",
    });
    const { user } = renderPage(<SignupForm />);
    await fill(user);
    expect(await screen.findByText("Enter the code we sent you")).toBeVisible();
    expect(screen.getByLabelText("Full name")).not.toBeVisible();
    await user.click(screen.getByRole("button", { name: "Create my account" }));
    expect(screen.getByLabelText("Code from the SMS")).toHaveAccessibleDescription(/six digits/);
    expect(replace).not.toHaveBeenCalled();

    await user.type(screen.getByLabelText("Code from the SMS"), "482 160{Enter}");

    await waitFor(() => {
      expect(replace).toHaveBeenCalledWith("/wallet");
    });
    expect(numbers).toEqual(["254712345678"]);
  });

  it("signs up without a code where no SMS can be sent now", async () => {
    server.use(
      http.post("*/api/auth/signup/code/", () => envelope(503, "sms_unavailable", "No SMS.")),
    );
    const { user } = renderPage(<SignupForm />);
    await fill(user);
    await waitFor(() => {
      expect(replace).toHaveBeenCalledWith("/wallet");
    });
  });

  it("says that a number has had enough codes", async () => {
    server.use(
      http.post("*/api/auth/signup/code/", () => envelope(429, "rate_limited", "Please wait.")),
    );
    const { user } = renderPage(<SignupForm />);
    await fill(user);
    expect(await screen.findByText("Please wait.")).toBeVisible();
    expect(replace).not.toHaveBeenCalled();
  });

  it("brings the fields back for their errors, and keeps the code for their number", async () => {
    const numbers = sendCodes();
    server.use(
      http.post(
        "*/api/auth/signup/",
        () =>
          envelope(400, "validation_error", "Check the fields.", {
            fields: { password: ["Too common."] },
          }),
        { once: true },
      ),
    );
    const { user } = renderPage(<SignupForm />);
    await fill(user);
    await user.type(await screen.findByLabelText("Code from the SMS"), "482160{Enter}");
    expect(await screen.findByText("Too common.")).toBeVisible();

    await user.type(screen.getByLabelText("Password"), " and longer{Enter}");
    await user.type(await screen.findByLabelText("Code from the SMS"), "482160{Enter}");

    await waitFor(() => {
      expect(replace).toHaveBeenCalledWith("/wallet");
    });
    expect(numbers).toHaveLength(1);
  });

  it("takes another number, and sends a code to that", async () => {
    const numbers = sendCodes();
    const { user } = renderPage(<SignupForm />);
    await fill(user);
    await user.click(await screen.findByRole("button", { name: "Not your number? Change it" }));
    const number = screen.getByLabelText("Phone number");
    await user.clear(number);
    await user.type(number, "0722345678{Enter}");
    await screen.findByLabelText("Code from the SMS");
    expect(numbers).toEqual(["254712345678", "254722345678"]);
  });

  it("sends a new code for one that has ended", async () => {
    const numbers = sendCodes();
    server.use(http.post("*/api/auth/signup/", () => envelope(410, "code_ended", "It ended.")));
    const { user } = renderPage(<SignupForm />);
    await fill(user);
    await user.type(await screen.findByLabelText("Code from the SMS"), "482160{Enter}");
    await user.click(await screen.findByRole("button", { name: "Send a new code" }));
    await waitFor(() => {
      expect(numbers).toHaveLength(2);
    });
  });

  it("puts the server's errors beside their fields", async () => {
    server.use(
      http.post("*/api/auth/signup/", () =>
        envelope(400, "invalid", "Check the fields.", { fields: { password: ["Too common."] } }),
      ),
    );
    const { user } = renderPage(<SignupForm />);
    await user.type(screen.getByLabelText("Full name"), "Wanjiku");
    await user.type(screen.getByLabelText("Phone number"), "0712345678");
    await user.type(screen.getByLabelText("Password"), "password{Enter}");
    await waitFor(() => {
      expect(screen.getByLabelText("Password")).toHaveAccessibleDescription(/Too common/);
    });
  });

  it("warns of a number that looks like another network's, and takes it", async () => {
    expectBody("*/api/auth/signup/", {
      full_name: "Wanjiku",
      phone_number: "254733345678",
      password: "long enough",
      privacy_version: "2026-12-01",
    });
    const { user } = renderPage(<SignupForm />);
    await user.type(screen.getByLabelText("Full name"), "Wanjiku");
    const number = screen.getByLabelText("Phone number");
    expect(number).toHaveAccessibleDescription("Safaricom, for example 0712 345 678.");

    await user.type(number, "0733 345 678");

    await waitFor(() => {
      expect(number).toHaveAccessibleDescription(/looks like a number of Airtel/);
    });
    expect(number).not.toHaveAttribute("aria-invalid");
    await user.type(screen.getByLabelText("Password"), "long enough{Enter}");
    await waitFor(() => {
      expect(replace).toHaveBeenCalledWith("/wallet");
    });
  });

  it("withdraws the warning with the number", async () => {
    const { user } = renderPage(<SignupForm />);
    const number = screen.getByLabelText("Phone number");
    await user.type(number, "0770345678");
    expect(number).toHaveAccessibleDescription(/looks like a number of Telkom/);

    await user.clear(number);
    await user.type(number, "0712345678");

    expect(number).not.toHaveAccessibleDescription(/looks like/);
  });
});
