import { renderHook } from "@testing-library/react";
import { expect, it, vi } from "vitest";
import { useGoToLogin } from "@/lib/useGoToLogin";
import { goTo, router } from "@/test/navigation";

vi.mock("next/navigation", () => import("@/test/navigation"));

it("leads to log in and back once, when several requests find the session ended", () => {
  goTo("/deposits?status=failed");
  const { result } = renderHook(() => useGoToLogin());

  result.current(false);
  // The first navigation is done when the second request fails.
  goTo("/login?next=/deposits%3Fstatus%3Dfailed");
  result.current(false);

  expect(router.replace.mock.calls).toEqual([["/login?next=/deposits%3Fstatus%3Dfailed"]]);
});
