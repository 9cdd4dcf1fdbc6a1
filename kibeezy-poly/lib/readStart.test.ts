import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { readStart } from "@/lib/readStart";

type Answer = { status?: number; account?: string; body?: unknown };

const servers: ReturnType<typeof createServer>[] = [];
let answers: Record<string, Answer> = {};
let seen: { path: string; headers: IncomingMessage["headers"] }[] = [];

function answer(request: IncomingMessage, response: ServerResponse) {
  const path = request.url ?? "";
  seen.push({ path, headers: request.headers });
  const { status = 200, account = "7", body = {} } = answers[path] ?? {};
  response.writeHead(status, {
    ...(account === "" ? {} : { "X-Account": account }),
    "X-Environment": "sandbox",
  });
  response.end(typeof body === "string" ? body : JSON.stringify(body));
}

beforeEach(async () => {
  seen = [];
  answers = {
    "/api/auth/me/": { body: { id: 7 } },
    "/api/wallet/": { body: { balance: "1200.00" } },
    "/api/payments/transactions/": { body: { results: [], next: null } },
    "/api/payments/limits/": { body: { most_now: 500 } },
    "/api/payments/paybill/": { body: { paybill: "600000" } },
  };
  const server = createServer(answer);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  vi.stubEnv("API_ORIGIN", `http://127.0.0.1:${String(port)}`);
});

afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

const visitor = (headers: Record<string, string> = {}) =>
  new Headers({ cookie: "language=sw; sessionid=abc", host: "shop.example.test", ...headers });

describe("what the server reads for the first paint", () => {
  it("is the customer's own, asked with the visitor's cookies, host and language", async () => {
    const start = await readStart(visitor(), "sw");
    expect(start).toMatchObject({
      me: { id: 7 },
      wallet: { balance: "1200.00" },
      page: { results: [], next: null },
      limits: { most_now: 500 },
      paybill: { paybill: "600000" },
      environment: "sandbox",
    });
    expect(seen.map(({ path }) => path).sort()).toEqual(Object.keys(answers).sort());
    for (const { headers } of seen)
      expect(headers).toMatchObject({
        host: "shop.example.test",
        cookie: "language=sw; sessionid=abc",
        "accept-language": "sw",
        accept: "application/json",
      });
  });

  it("is of two visitors at the same time never the other's", async () => {
    const own = async (name: string) => {
      const start = await readStart(visitor({ cookie: `sessionid=${name}` }), "en");
      return { start, asked: seen.filter(({ headers }) => headers.cookie === `sessionid=${name}`) };
    };
    const both = await Promise.all([own("one"), own("two")]);
    for (const { asked } of both) expect(asked).toHaveLength(5);
    expect(both[0].start).not.toBe(both[1].start);
  });

  it.each(["", "language=en", "xsessionid=abc", "sessionid="])(
    "is nothing for the cookies %j: the visitor is signed out, and the API is not asked",
    async (cookie) => {
      expect(await readStart(visitor({ cookie }), "en")).toBe("signed out");
      expect(seen).toEqual([]);
    },
  );

  it.each(["/api/auth/me/", "/api/wallet/", "/api/payments/transactions/"])(
    "is nothing for an ended session, whichever of the reads finds it ended: %s",
    async (path) => {
      answers[path] = { status: 401, account: "" };
      expect(await readStart(visitor(), "en")).toBe("signed out");
    },
  );

  it.each(["/api/auth/me/", "/api/wallet/", "/api/payments/transactions/"])(
    "is nothing if %s is another account's: somebody signed in meanwhile",
    async (path) => {
      answers[path] = { ...answers[path], account: "8" };
      expect(await readStart(visitor(), "en")).toBeNull();
    },
  );

  it("is nothing if an answer names no account, or another one than its body", async () => {
    answers["/api/wallet/"] = { account: "" };
    expect(await readStart(visitor(), "en")).toBeNull();
    answers["/api/wallet/"] = {};
    answers["/api/auth/me/"] = { body: { id: 8 } };
    expect(await readStart(visitor(), "en")).toBeNull();
  });

  it.each([{ status: 500 }, { status: 503, body: "<html>" }, { body: "<html>" }, { body: "null" }])(
    "is nothing if the balance is answered by %j",
    async (wallet) => {
      answers["/api/wallet/"] = wallet;
      expect(await readStart(visitor(), "en")).toBeNull();
    },
  );

  it("leaves to the browser what else could not be read, or is another account's", async () => {
    answers["/api/payments/limits/"] = { account: "8", body: { most_now: 1 } };
    answers["/api/payments/paybill/"] = { status: 500 };
    expect(await readStart(visitor(), "en")).toMatchObject({ limits: null, paybill: undefined });
  });

  it("says that no payments by hand are taken, if the API says so", async () => {
    answers["/api/payments/paybill/"] = { status: 404 };
    expect(await readStart(visitor(), "en")).toMatchObject({ paybill: null });
  });

  it("is nothing if the API cannot be reached", async () => {
    vi.stubEnv("API_ORIGIN", "http://127.0.0.1:9");
    expect(await readStart(visitor(), "en")).toBeNull();
  });

  it("passes on what a proxy wrote only if there is one", async () => {
    const written = { "x-forwarded-for": "41.90.1.2", "x-forwarded-proto": "https" };
    await readStart(visitor(written), "en");
    for (const { headers } of seen) expect(headers).not.toHaveProperty("x-forwarded-for");
    seen = [];
    vi.stubEnv("WEB_BEHIND_PROXY", "True");
    await readStart(visitor(written), "en");
    for (const { headers } of seen) expect(headers).toMatchObject(written);
  });
});
