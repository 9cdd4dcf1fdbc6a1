import { describe, expect, it } from "vitest";
import { formatMaskedPhone, parsePhone } from "@/lib/phone";

describe("parsePhone", () => {
  it.each([
    "0712345678",
    "0712 345 678",
    "+254712345678",
    "254712345678",
    "712345678",
    "0712-345-678",
  ])("reads %s", (text) => {
    expect(parsePhone(text)).toBe("254712345678");
  });

  it("reads the newer 01 numbers", () => {
    expect(parsePhone("0110345678")).toBe("254110345678");
  });

  it.each(["", "0812345678", "071234567", "07123456789", "+255712345678", "phone"])(
    "refuses %s",
    (text) => {
      expect(parsePhone(text)).toBeNull();
    },
  );
});

describe("formatMaskedPhone", () => {
  it("hides the middle", () => {
    expect(formatMaskedPhone("254712345678")).toBe("0712 *** 678");
    expect(formatMaskedPhone("2547****5678")).toBe("07** *** 678");
    expect(formatMaskedPhone("unknown")).toBe("unknown");
  });
});
