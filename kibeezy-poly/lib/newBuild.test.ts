import { http, HttpResponse } from "msw";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { loadNewBuild, takeIntent } from "@/lib/newBuild";
import { server } from "@/test/server";

const reload = vi.hoisted(() => vi.fn());
vi.mock("@/lib/reload", () => ({ reload }));

const TAP = { opensSheet: true, chosenId: 41 } as const;

function answer(reply: () => Response) {
  server.use(http.get("*/build", reply));
}

beforeEach(() => {
  reload.mockClear();
  window.sessionStorage.clear();
  document.documentElement.dataset.build = "old";
});

afterEach(() => {
  delete document.documentElement.dataset.build;
});

describe("code that could not be loaded", () => {
  it("loads the page afresh after a release, and keeps what the customer wanted", async () => {
    answer(() => HttpResponse.text("new"));
    await expect(loadNewBuild(TAP)).resolves.toBe(true);
    expect(reload).toHaveBeenCalledOnce();
    expect(takeIntent()).toEqual(TAP);
    expect(takeIntent()).toBeNull();
  });

  it("loads once per build, since two servers may disagree during a release", async () => {
    answer(() => HttpResponse.text("new"));
    await loadNewBuild();
    await expect(loadNewBuild(TAP)).resolves.toBe(false);
    expect(reload).toHaveBeenCalledOnce();
    answer(() => HttpResponse.text("newer"));
    await expect(loadNewBuild()).resolves.toBe(true);
  });

  it.each([
    ["the same build", () => HttpResponse.text("old")],
    ["no network", () => HttpResponse.error()],
    ["an error", () => new HttpResponse("new", { status: 502 })],
    ["a page in place of an id", () => new HttpResponse("<html>log in to the Wi-Fi</html>")],
  ])("keeps the page after %s", async (_, reply) => {
    answer(reply);
    await expect(loadNewBuild(TAP)).resolves.toBe(false);
    expect(reload).not.toHaveBeenCalled();
  });

  it("loads for a tap alone where nothing can be stored", async () => {
    vi.spyOn(Storage.prototype, "setItem").mockImplementation(() => {
      throw new DOMException("denied");
    });
    answer(() => HttpResponse.text("new"));
    await expect(loadNewBuild()).resolves.toBe(false);
    await expect(loadNewBuild(TAP)).resolves.toBe(true);
    vi.restoreAllMocks();
  });
});
