import { describe, expect, it } from "vitest";
import { formatMaskedPhone, parsePhone } from "@/lib/phone";
import { readSpellings, spellings } from "@/test/spellings";

const { phone } = spellings;

describe("parsePhone", () => {
  it.each(readSpellings(phone))("reads %j as %s", (text, number) => {
    expect(parsePhone(text)).toBe(number);
  });

  it.each([...phone.refused, `0712345678${" ".repeat(40)}`])("refuses %j", (text) => {
    expect(parsePhone(text)).toBeNull();
  });
});

describe("formatMaskedPhone", () => {
  it("hides the middle", () => {
    expect(formatMaskedPhone("254712345678")).toBe("0712 *** 678");
    expect(formatMaskedPhone("2547****5678")).toBe("07** *** 678");
    expect(formatMaskedPhone("unknown")).toBe("unknown");
  });
});
