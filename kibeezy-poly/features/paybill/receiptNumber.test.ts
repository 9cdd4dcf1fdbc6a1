import { describe, expect, it } from "vitest";
import { readCode, readReceiptDay } from "@/features/paybill/receiptNumber";
import { addDays, countDays } from "@/lib/day";

const TODAY = "2026-11-30";
const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const DAYS = "123456789ABCDEFGHIJKLMNOPQRSTUV";

/** Writes the code that a payment of this day has; the opposite of reading it. */
function write(day: string, rest = "7HNP31T"): string {
  const [year, month, dayOfMonth] = day.split("-").map(Number) as [number, number, number];
  return `${LETTERS.charAt((year - 2006 + 26) % 26)}${LETTERS.charAt(month - 1)}${DAYS.charAt(dayOfMonth - 1)}${rest}`;
}

const days = (from: string, to: string) =>
  Array.from({ length: countDays(from, to) + 1 }, (_, index) => addDays(from, index));

describe("the day in a code", () => {
  it.each([
    ["LGH3197RIB", "2017-07-17"],
    ["MBN31H462N", "2018-02-23"],
    ["NFU51H9FM1", "2019-06-30"],
    ["NLJ7RT61SV", "2019-12-19"],
    ["RKL51ZDR4F", "2023-11-21"],
    ["SG632NMUAB", "2024-07-06"],
    ["TK60708BHZ", "2025-11-06"],
    ["TAE46D879G", "2025-01-14"],
    ["TJ56H6J1WU", "2025-10-05"],
    ["UGAQXB3O0M", "2026-07-10"],
    ["UH1B91GYNW", "2026-08-01"],
    ["UGFDLBONAZ", "2026-07-15"],
  ])("is read from %s", (code, day) => {
    expect(readReceiptDay(code, TODAY)).toBe(day);
  });

  it("is read back for every day of 26 years, and no two days have the same code", () => {
    const all = days("2002-01-01", "2027-12-31");
    // The four years before 2006 have the last letters of the alphabet.
    const codes = all.map((day) => write(day));

    expect(codes.map((code) => readReceiptDay(code, TODAY))).toEqual(all);
    expect(new Set(codes).size).toBe(codes.length);
  });

  it("is of the latest year that is not after the next, at every turn of a year", () => {
    for (const year of [2025, 2026, 2031, 2032, 2040, 2057])
      for (const day of days(`${String(year)}-12-25`, `${String(year + 1)}-01-05`))
        expect(readReceiptDay(write(day), `${String(year)}-12-30`)).toBe(day);
  });

  it("is none in what is not a receipt number", () => {
    for (const code of [
      "",
      "UGAQXB3O0",
      "UGAQXB3O0MM",
      "ugaqxb3o0m",
      "1GAQXB3O0M",
      "UMAQXB3O0M",
      "UG0QXB3O0M",
      "UGWQXB3O0M",
      "UBU7HNP31T",
      "UKU0000000",
      "UGAQXB3 0M",
      "ŰGAQXB3O0M",
    ])
      expect(readReceiptDay(code, TODAY), code).toBeNull();
  });

  it("exists in the calendar, whatever the three characters are", () => {
    const signs = Array.from("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789");
    const read = signs.flatMap((month) =>
      signs.map((day) => readReceiptDay(`U${month}${day}7HNP31T`, TODAY)),
    );
    // 2026 has 365 days, and each has one code.
    expect(new Set(read.filter((day) => day !== null)).size).toBe(365);
    expect(read.filter((day) => day !== null)).toHaveLength(365);
  });
});

describe("a code that a customer typed", () => {
  it("may be of today, a day later about midnight, and not of the day after", () => {
    const age = (day: string) => readCode(write(day), TODAY)?.age;
    expect(age(TODAY)).toBe("payable");
    expect(age(addDays(TODAY, 1))).toBe("payable");
    expect(age(addDays(TODAY, 2))).toBe("future");
  });

  it("is old after three months, and the day before it is not", () => {
    const age = (back: number) => readCode(write(addDays(TODAY, -back)), TODAY)?.age;
    for (let back = 0; back <= 91; back += 1) expect(age(back), String(back)).toBe("payable");
    for (let back = 92; back <= 500; back += 1) expect(age(back), String(back)).toBe("old");
  });

  it("is read in small letters, and as it is written where that is possible", () => {
    expect(readCode("uku7hnp31t", TODAY)).toEqual({
      code: "UKU7HNP31T",
      day: "2026-11-30",
      age: "payable",
      corrected: false,
    });
  });

  it("is corrected where O was typed for 0 or I for 1, if the day shows it", () => {
    // The 1st and the 24th of November: a 0 is no day, an I is the 18th.
    expect(readCode("UK07HNP31T", TODAY)).toMatchObject({ code: "UKO7HNP31T", corrected: true });
    expect(readCode("UKI7HNP31T", TODAY)).toMatchObject({ code: "UKI7HNP31T", corrected: false });
    // The ninth letter is a month, a 1 is none.
    expect(readCode("U1U7HNP31T", TODAY)).toMatchObject({ code: "UIU7HNP31T", age: "payable" });
  });

  it("prefers a correction that can be paid to the written code of the future", () => {
    // 18 December is to come; 1 December is tomorrow.
    expect(readCode("ULI7HNP31T", TODAY)).toMatchObject({
      code: "UL17HNP31T",
      day: "2026-12-01",
      corrected: true,
    });
  });

  it("is none where no reading has a day", () => {
    expect(readCode("SUCCESSFUL", TODAY)).toBeNull();
    expect(readCode("0712345678", TODAY)).toBeNull();
  });
});
