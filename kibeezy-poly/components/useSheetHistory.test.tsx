import { act, renderHook, waitFor } from "@testing-library/react";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { useSheetHistory } from "@/components/useSheetHistory";
import { isSheetEntry, releaseSheetEntry } from "@/lib/sheetEntry";

const onBack = vi.fn();
const render = () =>
  renderHook(
    ({ open }) => {
      useSheetHistory(open, onBack);
    },
    { initialProps: { open: true } },
  );
const pause = () => act(() => new Promise((resolve) => setTimeout(resolve, 50)));

beforeEach(() => {
  onBack.mockClear();
});

describe("the sheet in the browser's history", () => {
  it("is closed by Back, and the page stays", async () => {
    const path = window.location.pathname;
    render();
    expect(isSheetEntry()).toBe(true);
    window.history.back();
    await waitFor(() => {
      expect(onBack).toHaveBeenCalledOnce();
    });
    expect(window.location.pathname).toBe(path);
  });

  it("takes its entry away when it closes, and does not close again by that", async () => {
    const { rerender } = render();
    rerender({ open: false });
    await waitFor(() => {
      expect(isSheetEntry()).toBe(false);
    });
    await pause();
    expect(onBack).not.toHaveBeenCalled();
  });

  it("stays open if it opens again while its entry is taken away", async () => {
    const { rerender } = render();
    rerender({ open: false });
    await act(() => new Promise((resolve) => setTimeout(resolve)));
    rerender({ open: true });
    await pause();
    expect(onBack).not.toHaveBeenCalled();
    expect(isSheetEntry()).toBe(true);
  });

  it("goes back over nothing when a link has led to another page", async () => {
    const back = vi.spyOn(window.history, "back");
    const { rerender } = render();
    releaseSheetEntry();
    rerender({ open: false });
    await pause();
    expect(back).not.toHaveBeenCalled();
  });
});
