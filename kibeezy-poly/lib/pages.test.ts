import { describe, expect, it, vi } from "vitest";
import { isLonger, isOver } from "@/lib/breaks";
import { compareCap, compareCaps, parseCap } from "@/lib/caps";
import { ApiError } from "@/lib/errors";
import { parseFileName, saveFile } from "@/lib/file";
import { getStatement } from "@/lib/historyApi";
import { findIdentityFaults } from "@/lib/identity";
import { parseNextPath, toLoginPath } from "@/lib/nextPath";
import { findPage } from "@/lib/pages";
import { http, HttpResponse } from "msw";
import { envelope } from "@/test/handlers";
import { server } from "@/test/server";

describe("the way back after logging in", () => {
  it.each(["/wallet", "/deposits/41", "/deposits?status=failed&from=2026-11-01"])(
    "leads to %s again",
    (path) => {
      const { searchParams } = new URL(toLoginPath(path, true), "http://127.0.0.1");
      expect(parseNextPath(searchParams.get("next"))).toBe(path);
      expect(searchParams.get("ended")).toBe("1");
    },
  );
});

describe("the pages", () => {
  it.each([
    ["/wallet/statement", "wallet"],
    ["/deposits/41", "deposits"],
    ["/account", "account"],
    ["/login", null],
    ["/", null],
  ])("know where %s belongs", (path, page) => {
    expect(findPage(path)).toBe(page);
  });
});

describe("own caps", () => {
  it.each([
    [null, null, "same"],
    [null, 5000, "lower"],
    [5000, 1000, "lower"],
    [1000, 5000, "raise"],
    [1000, null, "raise"],
  ])("from %s to %s is %s", (now, wanted, change) => {
    expect(compareCap(now, wanted)).toBe(change);
  });

  it("wait as soon as one of them is raised", () => {
    const now = { daily_cap: 1000, weekly_cap: 5000 };
    expect(compareCaps(now, { daily_cap: 500, weekly_cap: 6000 })).toBe("raise");
    expect(compareCaps(now, { daily_cap: 500, weekly_cap: 5000 })).toBe("lower");
    expect(compareCaps(now, now)).toBe("same");
  });

  it("are none when the field is empty", () => {
    expect([parseCap(""), parseCap("5000"), parseCap("1.500")]).toEqual([null, 5000, NaN]);
  });
});

describe("breaks", () => {
  const now = Date.parse("2026-11-25T12:00:00Z");

  it("are over at their end", () => {
    expect(isOver(null, now)).toBe(true);
    expect(isOver("2026-11-25T12:00:00Z", now)).toBe(true);
    expect(isOver("2026-11-25T12:00:01Z", now)).toBe(false);
  });

  it("can only become longer", () => {
    expect(isLonger(null, { days: 1 }, now)).toBe(true);
    expect(isLonger("2026-12-01T12:00:00Z", { days: 1 }, now)).toBe(false);
    expect(isLonger("2026-12-01T12:00:00Z", { days: 7 }, now)).toBe(true);
    expect(isLonger("2027-05-25T12:00:00Z", { months: 6 }, now)).toBe(false);
    expect(isLonger("2027-05-25T12:00:00Z", { months: 12 }, now)).toBe(true);
  });
});

describe("an identity", () => {
  const good = { full_name: "Wanjiku Otieno", id_number: "12345678", date_of_birth: "1990-12-31" };
  const faults = (changes: Partial<typeof good>) =>
    Object.values(findIdentityFaults({ ...good, ...changes }, "2026-11-25")).filter(
      (fault) => fault !== null,
    );

  it.each(["12345678", "0123 4567", "AK0123456", "123-456"])("may have the number %s", (number) => {
    expect(faults({ id_number: number })).toEqual([]);
  });

  it.each([
    [{ full_name: "  " }, "nameMissing"],
    [{ full_name: "Wanjiku" }, "nameShort"],
    [{ id_number: "" }, "idMissing"],
    [{ id_number: "12345" }, "idWrong"],
    [{ id_number: "ABCDEFG" }, "idWrong"],
    [{ date_of_birth: "" }, "bornMissing"],
    [{ date_of_birth: "2008-11-26" }, "bornYoung"],
    [{ date_of_birth: "1890-01-01" }, "bornWrong"],
    [{ date_of_birth: "2027-01-01" }, "bornWrong"],
  ])("with %j is refused as %s", (changes, fault) => {
    expect(faults(changes)).toEqual([fault]);
  });
});

describe("a file", () => {
  it.each([
    ['attachment; filename="statement.csv"', "statement.csv"],
    ["attachment; filename=plain.pdf", "plain.pdf"],
    ["attachment; filename*=UTF-8''tarehe%20moja.pdf", "tarehe_moja.pdf"],
    ['attachment; filename="../../.bashrc"', "_.._.bashrc"],
    ["attachment", "fallback.csv"],
    ["attachment; filename*=UTF-8''%E0%A4%A", "_E0_A4_A"],
    [null, "fallback.csv"],
  ])("named by %s is called %s", (header, name) => {
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

  it("comes with the API's own name and content", async () => {
    const { name, content } = await getStatement("csv", "2026-11-01", "2026-11-25");
    expect(name).toBe("statement.csv");
    expect(await content.text()).toBe("content");
  });

  it.each([
    [() => envelope(429, "rate_limited", "Wait."), { status: 429, customerMessage: "Wait." }],
    [() => HttpResponse.html("<p>Log in to the Wi-Fi</p>"), { code: "unreadable" }],
    [() => HttpResponse.error(), { status: 0, code: "offline" }],
  ])("that does not come says why (%#)", async (answer, error) => {
    server.use(http.get("*/api/wallet/statement.pdf", answer));
    const failure: unknown = await getStatement("pdf", "2026-11-01", "2026-11-25").catch(
      (thrown: unknown) => thrown,
    );
    expect(failure).toBeInstanceOf(ApiError);
    expect(failure).toMatchObject(error);
  });
});
