import { http, HttpResponse } from "msw";
import { describe, expect, it, vi } from "vitest";
import { getStatement } from "@/features/statement/api";
import { parseFileName, saveFile } from "@/features/statement/file";
import { ApiError } from "@/lib/errors";
import { envelope } from "@/test/handlers";
import { server } from "@/test/server";

describe("a file", () => {
  it.each([
    ['attachment; filename="statement.csv"', "statement.csv"],
    ["attachment; filename=plain.pdf", "plain.pdf"],
    ["attachment; filename*=UTF-8''tarehe%20moja.pdf", "tarehe_moja.pdf"],
    ['attachment; filename="../../.bashrc"', "_.._.bashrc"],
    ["attachment", "fallback.csv"],
    ["attachment; filename*=UTF-8''%E0%A4%A", "_E0_A4_A"],
    [null, "fallback.csv"],
  ])("with the header %s is named %s", (header, name) => {
    expect(parseFileName(header, "fallback.csv")).toBe(name);
  });

  it("is handed to the browser's downloads under its name", () => {
    const links: { href: string; name: string }[] = [];
    vi.stubGlobal(
      "URL",
      Object.assign(URL, {
        createObjectURL: () => "blob:http://127.0.0.1/1",
        revokeObjectURL: () => undefined,
      }),
    );
    vi.spyOn(HTMLAnchorElement.prototype, "click").mockImplementation(function (
      this: HTMLAnchorElement,
    ) {
      links.push({ href: this.href, name: this.download });
    });

    saveFile({ name: "statement.csv", content: new Blob(["a,b"]) });

    expect(links).toEqual([{ href: "blob:http://127.0.0.1/1", name: "statement.csv" }]);
    expect(document.querySelector("a")).toBeNull();
  });

  it("has the API's name and content", async () => {
    const { name, content } = await getStatement("csv", "2026-11-01", "2026-11-25");
    expect(name).toBe("statement.csv");
    expect(await content.text()).toBe("content");
  });

  it.each([
    [() => envelope(429, "rate_limited", "Wait."), { status: 429, customerMessage: "Wait." }],
    [() => HttpResponse.html("<p>Log in to the Wi-Fi</p>"), { code: "unreadable" }],
    [() => HttpResponse.error(), { status: 0, code: "offline" }],
  ])("that fails gives an error (%#)", async (answer, error) => {
    server.use(http.get("*/api/wallet/statement.pdf", answer));
    const failure: unknown = await getStatement("pdf", "2026-11-01", "2026-11-25").catch(
      (thrown: unknown) => thrown,
    );
    expect(failure).toBeInstanceOf(ApiError);
    expect(failure).toMatchObject(error);
  });
});
