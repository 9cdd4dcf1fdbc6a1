import { http, HttpResponse } from "msw";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { login, logout } from "@/features/auth/api";
import { checkAccount, getShownAccount, switchAccount } from "@/lib/account";
import { fetchWithAuth } from "@/lib/fetchWithAuth";
import { readStored } from "@/lib/storage";
import { envelope, me } from "@/test/handlers";
import { server } from "@/test/server";

const startAfresh = vi.hoisted(() => vi.fn());
vi.mock("@/lib/startAfresh", () => ({ startAfresh }));

const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"] as const;

beforeEach(() => {
  startAfresh.mockClear();
  switchAccount(null);
});

/** Answers as the session of `account`; returns the accounts that the requests named. */
function answerAs(account: string | null): (string | null)[] {
  const named: (string | null)[] = [];
  server.use(
    http.all("*/api/thing/", ({ request }) => {
      const wanted = request.headers.get("X-Account");
      named.push(wanted);
      if (account === null) return envelope(401, "not_authenticated", "Log in.");
      const headers = { "X-Account": account };
      if (wanted !== null && wanted !== account)
        return envelope(409, "session_changed", "Another account.");
      return HttpResponse.json({}, { headers });
    }),
  );
  return named;
}

describe("the account that the page shows", () => {
  it("is that of the first answer, and every later request names it", async () => {
    const named = answerAs("7");
    await fetchWithAuth("/api/thing/");
    for (const method of METHODS) await fetchWithAuth("/api/thing/", { method });
    expect(named).toEqual([null, ...METHODS.map(() => "7")]);
    expect(startAfresh).not.toHaveBeenCalled();
  });

  it.each(METHODS)("starts afresh when the session is another's (%s)", async (method) => {
    switchAccount(7);
    answerAs("8");
    await expect(fetchWithAuth("/api/thing/", { method })).rejects.toMatchObject({
      status: 409,
      code: "session_changed",
    });
    expect(startAfresh).toHaveBeenCalled();
    expect(getShownAccount()).toBe("7");
  });

  it("takes no data of another account from an API that refused nothing", async () => {
    switchAccount(7);
    server.use(
      http.get("*/api/thing/", () => HttpResponse.json({}, { headers: { "X-Account": "8" } })),
    );
    await expect(fetchWithAuth("/api/thing/")).rejects.toMatchObject({ code: "session_changed" });
    expect(startAfresh).toHaveBeenCalled();
  });

  it("stays unknown to a visitor", async () => {
    answerAs(null);
    await expect(fetchWithAuth("/api/thing/")).rejects.toMatchObject({ status: 401 });
    expect(getShownAccount()).toBeNull();
  });

  it("ignores a late answer to the account before", () => {
    switchAccount(8);
    checkAccount("7", "7");
    expect(getShownAccount()).toBe("8");
    expect(startAfresh).not.toHaveBeenCalled();
  });

  it("changes with a log-in, which names no account, and with a log-out", async () => {
    switchAccount(8);
    const named: (string | null)[] = [];
    server.use(
      http.post("*/api/auth/:what/", ({ request, params }) => {
        named.push(request.headers.get("X-Account"));
        return params.what === "login"
          ? HttpResponse.json(me)
          : new HttpResponse(null, { status: 204 });
      }),
    );

    await login({ phone_number: "254712345678", password: "p" });
    expect(getShownAccount()).toBe("7");
    expect(readStored("kibeezy.account")).toMatchObject({ id: "7" });
    await logout();
    expect(getShownAccount()).toBeNull();
    expect(readStored("kibeezy.account")).toMatchObject({ id: null });
    expect(named).toEqual([null, "7"]);
  });
});

it("is left out only where no account is concerned", () => {
  const root = join(import.meta.dirname, "..");
  const files = ["app", "components", "features", "lib", "ui"].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" }).map((name) =>
      join(folder, name),
    ),
  );
  const leaving = files.filter(
    (name) =>
      /(?<!\.test)\.tsx?$/.test(name) &&
      readFileSync(join(root, name), "utf8").includes("anyAccount: true"),
  );
  expect(leaving.sort()).toEqual(["features/auth/api.ts", "lib/reportPageError.ts"]);
});
