import { describe, expect, it } from "vitest";
import {
  isFiltered,
  parseDepositFilter,
  toApiQuery,
  toDepositsPath,
} from "@/features/history/depositFilter";

const parse = (query: string) => parseDepositFilter(new URLSearchParams(query));

describe("the filter of the history", () => {
  it.each([
    "/deposits",
    "/deposits?status=failed",
    "/deposits?status=pending&from=2026-11-01&to=2026-11-25",
    "/deposits?to=2026-11-25",
  ])("is read from %s and written unchanged", (path) => {
    expect(toDepositsPath(parse(path.split("?")[1] ?? ""))).toBe(path);
  });

  it("ignores malformed parts", () => {
    expect(parse("status=stolen&from=2026-02-30&to=yesterday")).toEqual({
      status: "all",
      from: "",
      to: "",
    });
  });

  it("swaps days in reverse order", () => {
    expect(parse("from=2026-11-25&to=2026-11-01")).toMatchObject({
      from: "2026-11-01",
      to: "2026-11-25",
    });
  });

  it("includes both days, although the API excludes both moments", () => {
    expect(toApiQuery({ status: "failed", from: "2026-11-01", to: "2026-11-25" })).toEqual({
      status: "FAILED",
      created_after: "2026-10-31T20:59:59.999Z",
      created_before: "2026-11-25T21:00:00.000Z",
    });
    expect(toApiQuery({ status: "all", from: "", to: "" })).toEqual({});
  });

  it("knows whether it filters", () => {
    expect(isFiltered(parse(""))).toBe(false);
    expect(isFiltered(parse("from=2026-11-01"))).toBe(true);
  });
});
