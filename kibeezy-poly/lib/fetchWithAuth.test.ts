import { http, HttpResponse } from "msw";
import { describe, expect, it } from "vitest";
import { getEnvironment } from "@/lib/environment";
import { ApiError } from "@/lib/errors";
import { fetchWithAuth, forgetCsrfToken } from "@/lib/fetchWithAuth";
import { envelope } from "@/test/handlers";
import { server } from "@/test/server";

async function failureOf(request: Promise<unknown>): Promise<ApiError> {
  const error: unknown = await request.catch((thrown: unknown) => thrown);
  if (!(error instanceof ApiError)) throw new Error("An ApiError was expected.");
  return error;
}

function answer(reply: (request: Request) => Response | Promise<Response>) {
  const seen: Request[] = [];
  server.use(
    http.all("*/api/thing/", ({ request }) => {
      seen.push(request);
      return reply(request);
    }),
  );
  return seen;
}

describe("fetchWithAuth", () => {
  it("sends cookies, language and the cookie's CSRF token", async () => {
    document.documentElement.lang = "sw";
    const seen = answer(() => HttpResponse.json({ ok: true }));

    await expect(fetchWithAuth("/api/thing/", { method: "POST", body: { a: 1 } })).resolves.toEqual(
      { ok: true },
    );

    expect(seen[0]?.credentials).toBe("include");
    expect(seen[0]?.headers.get("Accept-Language")).toBe("sw");
    expect(seen[0]?.headers.get("X-CSRFToken")).toBe("token-of-the-cookie");
  });

  it("calls another origin with the token from the body", async () => {
    forgetCsrfToken();
    document.documentElement.dataset.apiOrigin = "http://api.example.test";
    const seen = answer(() => HttpResponse.json(null));

    await fetchWithAuth("/api/thing/", { method: "POST" });

    expect(seen[0]?.url).toBe("http://api.example.test/api/thing/");
    expect(seen[0]?.headers.get("X-CSRFToken")).toBe("token-of-the-body");
  });

  it("sends nothing when it has no token, and says so", async () => {
    forgetCsrfToken();
    document.documentElement.dataset.apiOrigin = "http://api.example.test";
    const seen = answer(() => HttpResponse.json(null));
    server.use(http.get("*/api/auth/csrf/", () => HttpResponse.error()));

    const error = await failureOf(fetchWithAuth("/api/thing/", { method: "POST" }));

    expect(error).toMatchObject({ status: 0, code: "api_unreachable" });
    expect(seen).toHaveLength(0);
  });

  it("reads the envelope, and Retry-After where the body has no wait", async () => {
    answer(() =>
      HttpResponse.json(
        {
          error: "Busy",
          code: "rate_limited",
          customer_message: "Slowly.",
          fields: { amount: ["Too much."] },
          transaction_id: 5,
        },
        { status: 429, headers: { "Retry-After": "7" } },
      ),
    );

    const error = await failureOf(fetchWithAuth("/api/thing/"));

    expect(error).toMatchObject({
      status: 429,
      code: "rate_limited",
      customerMessage: "Slowly.",
      fields: { amount: ["Too much."] },
      retryAfter: 7,
      transactionId: 5,
    });
  });

  it("keeps the status of a body that is not ours", async () => {
    answer(() => new HttpResponse("<html>Bad gateway</html>", { status: 502 }));
    expect(await failureOf(fetchWithAuth("/api/thing/"))).toMatchObject({
      status: 502,
      code: "http_502",
      customerMessage: null,
    });
  });

  it("rejects a 200 that is not JSON", async () => {
    answer(() => new HttpResponse("<html>", { status: 200 }));
    expect(await failureOf(fetchWithAuth("/api/thing/"))).toMatchObject({
      status: 200,
      code: "unreadable",
    });
  });

  it("distinguishes no network, timeout and abort", async () => {
    answer(() => HttpResponse.error());
    expect(await failureOf(fetchWithAuth("/api/thing/"))).toMatchObject({ code: "offline" });

    answer(() => new Promise(() => undefined));
    expect(await failureOf(fetchWithAuth("/api/thing/", { timeoutMs: 20 }))).toMatchObject({
      code: "timeout",
    });

    const controller = new AbortController();
    const given = failureOf(fetchWithAuth("/api/thing/", { signal: controller.signal }));
    controller.abort();
    expect(await given).toMatchObject({ code: "aborted" });
  });

  it("never retries a request", async () => {
    const seen = answer(() => envelope(503, "mpesa_busy", "Busy."));
    await failureOf(fetchWithAuth("/api/thing/", { method: "POST" }));
    expect(seen).toHaveLength(1);
  });

  it("records the environment that the response names", async () => {
    answer(() => HttpResponse.json(null, { headers: { "X-Environment": "sandbox" } }));
    await fetchWithAuth("/api/thing/");
    expect(getEnvironment()).toBe("sandbox");
  });
});
