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
  it("asks for no compression, whose header Next drops", async () => {
    let asked: string | undefined = "nothing";
    const origin = await listen((request, response) => {
      asked = request.headers["accept-encoding"];
      response.end("{}");
    });
    await forward(
      new Request(`${page}/api/a/`, { headers: { "accept-encoding": "gzip" } }),
      origin,
    );
    expect(asked).toBeUndefined();
  });

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

  it.each(["X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "Forwarded", "X-Real-IP"])(
    "does not pass on a %s, which anybody can write",
    async (name) => {
      let seen: IncomingMessage["headers"] = {};
      const origin = await listen((request, response) => {
        seen = request.headers;
        response.end("{}");
      });
      await forward(new Request(`${page}/api/`, { headers: { [name]: "6.6.6.6" } }), origin);
      expect(seen).not.toHaveProperty(name.toLowerCase());
      expect(seen).toHaveProperty("host");
    },
  );

  describe("a body that the API would not take", () => {
    const LIMIT = 64 * 1024;

    /** A body of this length without a Content-Length; counts what was read of it. */
    function stream(length: number) {
      let given = 0;
      const body = new ReadableStream<Uint8Array>({
        pull(controller) {
          const part = Math.min(16 * 1024, length - given);
          given += part;
          if (part === 0) controller.close();
          else controller.enqueue(new Uint8Array(part));
        },
      });
      return { body, read: () => given };
    }

    function post(body: BodyInit, headers: Record<string, string> = {}) {
      const init = { method: "POST", body, headers, duplex: "half" };
      return new Request(`${page}/api/`, init);
    }

    it("is refused before it is read when its length is known", async () => {
      const answer = await forward(post("x", { "Content-Length": "250000000" }), "http://[::1]:1");
      expect(answer.status).toBe(413);
      await expect(answer.json()).resolves.toMatchObject({
        code: "request_too_large",
        money: "not_moved",
      });
    });

    it("is read no further than the limit when it comes in chunks", async () => {
      const { body, read } = stream(250_000_000);
      const answer = await forward(post(body), "http://[::1]:1");
      expect(answer.status).toBe(413);
      expect(read()).toBeLessThan(2 * LIMIT);
    });

    it("is passed on whole up to the limit", async () => {
      let length = 0;
      const origin = await listen((request, response) => {
        request.on("data", (part: Buffer) => (length += part.length));
        request.on("end", () => response.end("{}"));
      });
      const answer = await forward(post(stream(LIMIT).body), origin);
      expect(answer.status).toBe(200);
      expect(length).toBe(LIMIT);
    });
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
