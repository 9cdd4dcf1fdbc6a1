import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ANSWER_COOKIE, readPlainAnswer } from "@/lib/plainAnswer";
import { answerForm, type FormName, isFormName } from "@/lib/plainForms";

type Answer = { status?: number; body?: unknown; cookies?: string[] } | "silent";
type Seen = { path: string; headers: IncomingMessage["headers"]; body: unknown };

const servers: ReturnType<typeof createServer>[] = [];
let answers: Record<string, Answer> = {};
let seen: Seen[] = [];

beforeEach(async () => {
  seen = [];
  answers = {
    "/api/auth/csrf/": {
      body: { csrf_token: "masked" },
      cookies: ["csrftoken=fresh; Path=/; SameSite=Lax"],
    },
  };
  const server = createServer((request, response) => {
    const path = request.url ?? "";
    let text = "";
    request.on("data", (part: Buffer) => (text += part.toString()));
    request.on("end", () => {
      seen.push({ path, headers: request.headers, body: text === "" ? null : JSON.parse(text) });
      const answer = answers[path] ?? { status: 404 };
      if (answer === "silent") {
        response.destroy();
        return;
      }
      const { status = 200, body = {}, cookies = [] } = answer;
      response.writeHead(status, { "Set-Cookie": cookies });
      response.end(typeof body === "string" ? body : JSON.stringify(body));
    });
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  vi.stubEnv("API_ORIGIN", `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`);
});

afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

const OWN = { host: "shop.example.test", origin: "https://shop.example.test" };
const COOKIE = "sessionid=abc; csrftoken=old; language=sw";

function send(
  name: FormName,
  fields: Record<string, string>,
  headers: Record<string, string> = {},
): Promise<Response> {
  return answerForm(
    name,
    new Request(`https://shop.example.test/form/${name}`, {
      method: "POST",
      body: new URLSearchParams(fields),
      headers: { ...OWN, cookie: COOKIE, ...headers },
    }),
  );
}

/** What the page that is shown next is told. */
function told(response: Response) {
  const location = response.headers.get("Location") ?? "";
  const id = new URL(location, "http://x").searchParams.get("answer");
  const cookie = response.headers.getSetCookie().find((one) => one.startsWith(`${ANSWER_COOKIE}=`));
  const value = cookie?.split(";")[0]?.slice(ANSWER_COOKIE.length + 1);
  return { location: location.replace(/[?&]answer=.*/, ""), cookie, ...readPlainAnswer(value, id) };
}

const DEPOSIT = { amount: "1,250", key: "k-1", account: "7" };
const PUSH = "/api/payments/stk-push/";

describe("a plain form", () => {
  it("logs in with the session's own token, and passes the API's cookies on", async () => {
    answers["/api/auth/login/"] = { body: { id: 7 }, cookies: ["sessionid=new; HttpOnly"] };
    const response = await send("login", {
      phone_number: "0712 345 678",
      password: "secret-of-hers",
      next: "/limits",
    });
    expect(response.status).toBe(303);
    expect(response.headers.get("Location")).toBe("/limits");
    expect(response.headers.getSetCookie()).toEqual([
      "csrftoken=fresh; Path=/; SameSite=Lax",
      "sessionid=new; HttpOnly",
    ]);
    expect(seen[1]).toMatchObject({
      path: "/api/auth/login/",
      body: { phone_number: "254712345678", password: "secret-of-hers" },
      headers: {
        "x-csrftoken": "masked",
        "accept-language": "sw",
        origin: OWN.origin,
        host: OWN.host,
        cookie: "sessionid=abc; language=sw; csrftoken=fresh",
      },
    });
  });

  it.each(["//evil.example", "https://evil.example", "/\\evil.example", ""])(
    "leads to no other site: %s",
    async (next) => {
      answers["/api/auth/login/"] = {};
      const response = await send("login", { phone_number: "1", password: "p", next });
      expect(response.headers.get("Location")).toBe("/wallet");
    },
  );

  it("tells what was wrong, without the password", async () => {
    answers["/api/auth/signup/"] = {
      status: 400,
      body: {
        code: "invalid",
        customer_message: "Look at the fields.",
        fields: { password: ["Too common."] },
      },
    };
    const response = await send("signup", {
      full_name: "Wanjiku",
      phone_number: "0712345678",
      password: "secret-of-hers",
      privacy_version: "2026-12-01",
    });
    expect(told(response)).toMatchObject({
      location: "/signup",
      failure: "Look at the fields.",
      errors: { password: "Too common." },
      typed: { full_name: "Wanjiku", phone_number: "0712345678" },
    });
    expect(told(response).cookie).toMatch(/HttpOnly; SameSite=Strict; Secure$/);
    const whole = Buffer.from(JSON.stringify([...response.headers])).toString();
    expect(whole).not.toContain("secret-of-hers");
    expect(Buffer.from(told(response).cookie ?? "", "base64url").toString()).not.toContain(
      "secret-of-hers",
    );
  });

  it("logs out, also where the session has ended already", async () => {
    answers["/api/auth/logout/"] = { status: 204, body: "" };
    expect((await send("logout", {})).headers.get("Location")).toBe("/login");
    answers["/api/auth/logout/"] = { status: 401, body: { code: "not_authenticated" } };
    expect((await send("logout", {})).headers.get("Location")).toBe("/login");
    answers["/api/auth/logout/"] = { status: 503, body: { code: "unavailable" } };
    expect(told(await send("logout", {}))).toMatchObject({ location: "/account" });
  });
});

describe("a plain deposit", () => {
  it("is sent with its key and account, and leads to its page", async () => {
    answers[PUSH] = { body: { transaction_id: 41, checkout_id: "ws" } };
    const response = await send("deposit", DEPOSIT);
    expect(response.headers.get("Location")).toBe("/deposits/41");
    expect(seen[1]).toMatchObject({
      body: { amount: 1250 },
      headers: { "idempotency-key": "k-1", "x-account": "7" },
    });
  });

  it("leads to the deposit that is open already", async () => {
    answers[PUSH] = {
      status: 409,
      body: { code: "deposit_in_progress", customer_message: "Open.", transaction_id: 40 },
    };
    expect((await send("deposit", DEPOSIT)).headers.get("Location")).toBe("/deposits/40");
  });

  it.each<[string, Answer]>([
    ["no answer", "silent"],
    ["an answer that is not the API's", { status: 502, body: "<html>" }],
    ["an answer that cannot be read", { status: 200, body: "<html>" }],
    ["an error that leaves it open", { status: 500, body: { code: "error", money: "unknown" } }],
  ])("keeps its key after %s, since money may move", async (_, answer) => {
    answers[PUSH] = answer;
    const { location, typed } = told(await send("deposit", DEPOSIT));
    expect(location).toBe("/deposit");
    expect(typed).toEqual({ amount: "1,250", key: "k-1" });
  });

  it("says that a prompt may be on its way where nobody knows", async () => {
    answers[PUSH] = "silent";
    expect(told(await send("deposit", DEPOSIT)).failure).toMatch(/huenda ombi liko njiani/);
  });

  it.each<[string, Answer]>([
    ["a refused amount", { status: 400, body: { code: "invalid_amount", money: "not_moved" } }],
    ["a key of another amount", { status: 422, body: { code: "idempotency_key_reused" } }],
  ])("gets another key after %s", async (_, answer) => {
    answers[PUSH] = answer;
    expect(told(await send("deposit", DEPOSIT)).typed).toEqual({ amount: "1,250" });
  });

  it("is not sent where the API is away, and says so", async () => {
    answers["/api/auth/csrf/"] = "silent";
    const answer = told(await send("deposit", DEPOSIT));
    expect(answer.failure).toMatch(/Hakuna kilichotumwa/);
    expect(seen.map(({ path }) => path)).toEqual(["/api/auth/csrf/"]);
  });

  it("leads to log in where the session has ended", async () => {
    answers[PUSH] = { status: 401, body: { code: "not_authenticated" } };
    const response = await send("deposit", DEPOSIT);
    expect(response.headers.get("Location")).toBe("/login?next=/deposit&ended=1");
  });

  it("passes what is no amount on as it was typed", async () => {
    answers[PUSH] = { status: 400, body: { code: "invalid_amount", money: "not_moved" } };
    await send("deposit", { ...DEPOSIT, amount: "1.5" });
    expect(seen[1]?.body).toEqual({ amount: "1.5" });
  });
});

describe("what is no form of ours", () => {
  it.each<Record<string, string>>([
    { origin: "https://evil.example" },
    { origin: "null" },
    { origin: "" },
    { "sec-fetch-site": "cross-site" },
    { "sec-fetch-site": "same-site" },
    { host: "other.example" },
  ])("is refused: %o", async (headers) => {
    expect((await send("deposit", DEPOSIT, headers)).status).toBe(403);
    expect(seen).toEqual([]);
  });

  it("is refused without Origin", async () => {
    const request = new Request("https://shop.example.test/form/logout", {
      method: "POST",
      body: new URLSearchParams({ a: "b" }),
      headers: { host: OWN.host },
    });
    expect((await answerForm("logout", request)).status).toBe(403);
  });

  it("is too long, or of another kind", async () => {
    expect((await send("login", { phone_number: "7".repeat(9000) })).status).toBe(400);
    const json = { "content-type": "application/json" };
    expect((await send("login", {}, json)).status).toBe(400);
    expect(seen).toEqual([]);
  });

  it("has no other name", () => {
    expect(["login", "toString", "constructor", "nothing"].map(isFormName)).toEqual([
      true,
      false,
      false,
      false,
    ]);
  });
});

describe("what is told", () => {
  it("is for the page that it names, and nothing else", () => {
    expect(readPlainAnswer(undefined, "1")).toBeNull();
    expect(readPlainAnswer("%%%", "1")).toBeNull();
    const value = Buffer.from(JSON.stringify({ id: "1", failure: "x" })).toString("base64url");
    expect(readPlainAnswer(value, "2")).toBeNull();
    expect(readPlainAnswer(value, ["1"])).toBeNull();
    expect(readPlainAnswer(value, "1")).toMatchObject({ failure: "x" });
  });
});
