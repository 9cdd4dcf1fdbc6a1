import { runInNewContext } from "node:vm";
import { describe, expect, it, vi } from "vitest";
import { buildOfflinePage, buildWorker } from "@/lib/offlinePage";

type Event = {
  request: { mode: string; method: string };
  preloadResponse?: Promise<Response | undefined>;
  respondWith: (answer: Promise<Response>) => void;
};

/** Runs the worker's script with a network that `fetch` stands for. */
function start(fetch: () => Promise<Response>) {
  const listeners: Record<string, (event: Event) => void> = {};
  const self = {
    addEventListener: (name: string, listener: (event: Event) => void) => {
      listeners[name] = listener;
    },
  };
  // The script is text until a browser runs it.
  runInNewContext(buildWorker(), { self, fetch, Response });
  return async (mode: string, method: string, preloaded?: Response) => {
    const respondWith = vi.fn<(answer: Promise<Response>) => void>();
    const preloadResponse = Promise.resolve(preloaded);
    listeners.fetch?.({ request: { mode, method }, preloadResponse, respondWith });
    return respondWith.mock.calls[0]?.[0] ?? null;
  };
}

describe("the service worker", () => {
  it("leaves everything to the network but navigations", async () => {
    const ask = start(() => Promise.reject(new TypeError("offline")));
    expect(await ask("cors", "GET")).toBeNull();
    expect(await ask("navigate", "POST")).toBeNull();
  });

  it("answers what the server answers, its errors too", async () => {
    const ask = start(() => Promise.resolve(new Response("ours", { status: 500 })));
    expect((await ask("navigate", "GET"))?.status).toBe(500);
    const preloaded = await ask("navigate", "GET", new Response("early"));
    expect(await preloaded?.text()).toBe("early");
  });

  it("shows the page in both languages where there is no network", async () => {
    const ask = start(() => Promise.reject(new TypeError("offline")));
    const answer = await ask("navigate", "GET");
    expect(answer?.status).toBe(503);
    expect(answer?.headers.get("Content-Security-Policy")).toContain("default-src 'none'");
    const page = (await answer?.text()) ?? "";
    expect(page).toBe(buildOfflinePage());
    expect(page).toContain("do not pay again");
    expect(page).toContain("usilipe tena");
    expect(page).not.toContain("<script");
  });
});
