import { http, HttpResponse } from "msw";
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { PageError } from "@/lib/reportPageError";
import { server } from "@/test/server";

let sent: PageError[];
let reportPageError: (kind: PageError["kind"], thrown: unknown) => Promise<void>;

/** Each test is a new page load, which has reported nothing yet. */
beforeEach(async () => {
  sent = [];
  vi.resetModules();
  ({ reportPageError } = await import("@/lib/reportPageError"));
  server.use(
    http.post("*/api/page-errors/", async ({ request }) => {
      sent.push((await request.json()) as PageError);
      return new HttpResponse(null, { status: 204 });
    }),
  );
});

function failure(message: string, stack = ""): Error {
  return Object.assign(new TypeError(message), { stack });
}

describe("errors of the window", () => {
  it("are reported, and so are rejections", async () => {
    const { hearPageErrors } = await import("@/lib/pageErrors");
    hearPageErrors();

    window.dispatchEvent(new ErrorEvent("error", { error: failure("one") }));
    window.dispatchEvent(new ErrorEvent("error", { message: "Script error." }));
    const rejection = Object.assign(new Event("unhandledrejection"), { reason: failure("two") });
    window.dispatchEvent(rejection);

    await vi.waitFor(() => {
      expect(sent).toHaveLength(3);
    });
    expect(sent.map(({ kind, message }) => [kind, message])).toEqual([
      ["error", "TypeError: one"],
      ["error", "Script error."],
      ["rejection", "TypeError: two"],
    ]);
  });
});

describe("what is sent", () => {
  it.each([
    ["lost 0712345678", "lost #"],
    ["lost +254 712 345 678 today", "lost +# today"],
    ["paid KSh 1,500.00", "paid KSh #"],
    ["paid ksh50", "paid ksh #"],
    ["2 of 12", "2 of 12"],
    ["a\u0000b\nc\ud83d", "a b c"],
    ["", "no words"],
    ["x".repeat(400), "x".repeat(300)],
  ])("hides numbers and unusual characters: %j", async (thrown, message) => {
    await reportPageError("rejection", thrown);

    expect(sent).toEqual([{ kind: "rejection", message, where: "/wallet" }]);
  });

  it("names the page without query and ids", async () => {
    window.history.pushState(null, "", "/deposits/41/%C3%A9?phone=0712345678#254712345678");
    await reportPageError("render", "broken");
    window.history.pushState(null, "", "/wallet");

    expect(sent[0]?.where).toBe("/deposits/#/C#A#");
  });

  it("keeps function names and positions of the stack, in every browser's format", async () => {
    const stack = `TypeError: for 0712345678
    at open (http://127.0.0.1:3000/_next/static/chunks/0a31f5b7.js:1:20417)
    at async Object.tap (https://kibeezy.example/_next/static/chunks/app~x.js?phone=0712345678:1:2)
    at http://127.0.0.1:3000/_next/static/chunks/b12345.js:1:7
    at <anonymous>
send@https://kibeezy.example/_next/static/chunks/c.js:2:345`;
    await reportPageError("error", failure("for 0712345678", stack));

    expect(sent[0]?.message).toBe("TypeError: for #");
    expect(sent[0]?.stack).toBe("open@0a31f5b7.js:1:20417\n@b12345.js:1:7\nsend@c.js:2:345");
  });
});

describe("what is not sent", () => {
  it("is the same twice, and more than five", async () => {
    for (const name of ["a", "a", "b", "c", "d", "e", "f", "g"])
      await reportPageError("error", failure(name));

    expect(sent.map(({ message }) => message.slice(-1))).toEqual(["a", "b", "c", "d", "e"]);
  });

  it("is what the API refused", async () => {
    const { ApiError } = await import("@/lib/errors");
    await reportPageError("rejection", new ApiError(409, "deposit_in_progress"));

    expect(sent).toEqual([]);
  });

  it("is a value that cannot be read, and nothing is thrown", async () => {
    const unreadable = {
      toString() {
        throw new Error("no");
      },
    };

    await expect(reportPageError("error", unreadable)).resolves.toBeUndefined();
    expect(sent).toEqual([]);
  });

  it("throws nothing when there is no answer", async () => {
    server.use(http.post("*/api/page-errors/", () => HttpResponse.error()));

    await expect(reportPageError("error", failure("one"))).resolves.toBeUndefined();
  });
});
