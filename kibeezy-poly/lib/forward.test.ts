import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { forward } from "@/lib/forward";

type Handle = (request: IncomingMessage, response: ServerResponse) => void;

const servers: ReturnType<typeof createServer>[] = [];

async function listen(handle: Handle): Promise<string> {
  const server = createServer(handle);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
}

afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

const page = "http://shop.example.test";

describe("forward", () => {
  it("passes path, slash, query, body, host and headers on", async () => {
    let seen: {
      url: string | undefined;
      headers: IncomingMessage["headers"];
      body: string;
    } | null = null;
    const origin = await listen((request, response) => {
      let body = "";
      request.on("data", (part: Buffer) => (body += part.toString()));
      request.on("end", () => {
        seen = { url: request.url, headers: request.headers, body };
        response.end("{}");
      });
    });
    const headers = {
      host: "shop.example.test",
      cookie: "sessionid=1",
      "x-csrftoken": "t",
      "x-request-id": "r",
    };

    await forward(
      new Request(`${page}/api/a/?b=1`, { method: "POST", body: '{"amount":5}', headers }),
      origin,
    );

    expect(seen).toMatchObject({ url: "/api/a/?b=1", body: '{"amount":5}', headers });
  });

  it("passes status, cookies and Retry-After back, and follows no redirect", async () => {
    const origin = await listen((_request, response) => {
      response.writeHead(302, {
        "Set-Cookie": ["a=1", "b=2"],
        "Retry-After": "9",
        Location: "/elsewhere",
      });
      response.end();
    });

    const answer = await forward(new Request(`${page}/api/`), origin);

    expect(answer.status).toBe(302);
    expect(answer.headers.getSetCookie()).toEqual(["a=1", "b=2"]);
    expect(answer.headers.get("Retry-After")).toBe("9");
  });

  it("tells that nothing was sent when the API refuses connections", async () => {
    const answer = await forward(new Request(`${page}/api/`), "http://127.0.0.1:1");

    expect(answer.status).toBe(502);
    await expect(answer.json()).resolves.toMatchObject({
      code: "api_unreachable",
      money: "not_moved",
    });
  });

  it("does not deny that money moved when an earlier request may have the same key", async () => {
    const headers = { "Idempotency-Key": "k" };
    const push = new Request(`${page}/api/`, { method: "POST", body: "{}", headers });
    const answer = await forward(push, "http://127.0.0.1:1");

    await expect(answer.json()).resolves.toMatchObject({
      code: "api_unreachable",
      money: "unknown",
    });
  });

  it.each([
    ["sw", /Hakuna kilichotumwa/],
    ["en", /Nothing was sent/],
  ])("tells it in the customer's language (%s)", async (language, words) => {
    const headers = { "Accept-Language": language };
    const answer = await forward(new Request(`${page}/api/`, { headers }), "http://127.0.0.1:1");
    await expect(answer.json()).resolves.toMatchObject({
      customer_message: expect.stringMatching(words) as string,
    });
  });

  it("does not tell it when the connection broke after sending", async () => {
    const origin = await listen((request) => {
      request.socket.destroy();
    });

    const answer = await forward(
      new Request(`${page}/api/`, { method: "POST", body: "{}" }),
      origin,
    );

    expect(answer.status).toBe(502);
    await expect(answer.json()).resolves.toMatchObject({ code: "api_no_answer", money: "unknown" });
  });
});
