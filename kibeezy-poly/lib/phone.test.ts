import { describe, expect, it } from "vitest";
import { looseText } from "@/lib/money";
import { formatMaskedPhone, formatOwnPhone, parsePhone } from "@/lib/phone";
import { masks, readSpellings, spellings } from "@/test/spellings";

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
  it.each(Object.entries(masks))(
    "shows of %s what the API shows, and no other digit",
    (number, mask) => {
      expect(looseText(formatMaskedPhone(number))).toBe(mask.shown);
      expect(looseText(formatMaskedPhone(mask.api))).toBe(mask.shown);
      expect(mask.shown.replace(/\D/g, "")).toBe(mask.api.replace(/\D/g, "").replace(/^254/, "0"));
    },
  );

  it("leaves what is no number as it is", () => {
    expect(formatMaskedPhone("unknown")).toBe("unknown");
    expect(formatMaskedPhone("****")).toBe("****");
  });
});

describe("formatOwnPhone", () => {
  it.each(Object.entries(masks))("shows every digit of %s", (number, { own }) => {
    expect(looseText(formatOwnPhone(number))).toBe(own);
  });

  it("leaves what is no number as it is", () => {
    expect(formatOwnPhone("unknown")).toBe("unknown");
  });
});
