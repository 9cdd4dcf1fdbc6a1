import { http, HttpResponse } from "msw";
import { afterEach, describe, expect, it, vi } from "vitest";
import { EARLY_READS } from "@/lib/earlyReads";
import { fetchWithAuth } from "@/lib/fetchWithAuth";
import { server } from "@/test/server";

function runMarkup(): void {
  window.eval(EARLY_READS);
}

function count() {
  const asked: (string | null)[] = [];
  server.use(
    http.get("*/api/wallet/", ({ request }) => {
      asked.push(request.headers.get("Accept-Language"));
      return HttpResponse.json({ balance: `${String(asked.length)}.00`, currency: "KES" });
    }),
  );
  return asked;
}

afterEach(() => {
  delete window.earlyReads;
});

describe("reads that the markup starts", () => {
  it("are answered once, in the page's language, and not asked again", async () => {
    const asked = count();
    document.documentElement.lang = "sw";
    runMarkup();

    await expect(fetchWithAuth("/api/wallet/")).resolves.toMatchObject({ balance: "1.00" });
    expect(asked).toEqual(["sw"]);

    await expect(fetchWithAuth("/api/wallet/")).resolves.toMatchObject({ balance: "2.00" });
  });

  it("are fetched again when they failed or are old", async () => {
    server.use(http.get("*/api/wallet/", () => HttpResponse.error(), { once: true }));
    runMarkup();
    const asked = count();
    await expect(fetchWithAuth("/api/wallet/")).resolves.toMatchObject({ currency: "KES" });

    runMarkup();
    vi.spyOn(Date, "now").mockReturnValue(Date.now() + 60_000);
    await fetchWithAuth("/api/wallet/");
    expect(asked.length).toBeGreaterThan(1);
  });

  it("keep the time limit of the reader", async () => {
    server.use(http.get("*/api/wallet/", () => new Promise<never>(() => undefined)));
    runMarkup();
    const read = fetchWithAuth("/api/wallet/", { timeoutMs: 20 });
    await expect(read).rejects.toMatchObject({ code: "timeout" });
  });

  it("are not used for writes", async () => {
    runMarkup();
    server.use(http.post("*/api/wallet/", () => HttpResponse.json({ wrote: true })));
    await expect(fetchWithAuth("/api/wallet/", { method: "POST", body: {} })).resolves.toEqual({
      wrote: true,
    });
  });
});
