import { describe, expect, it } from "vitest";
import { findIdentityFaults } from "@/features/identity/findIdentityFaults";

describe("an identity", () => {
  const good = { full_name: "Wanjiku Otieno", id_number: "12345678", date_of_birth: "1990-12-31" };
  const faults = (changes: Partial<typeof good>) =>
    Object.values(findIdentityFaults({ ...good, ...changes }, "2026-11-25")).filter(
      (fault) => fault !== null,
    );

  it.each(["12345678", "0123 4567", "AK0123456", "123-456"])("may have the number %s", (number) => {
    expect(faults({ id_number: number })).toEqual([]);
  });

  it.each([
    [{ full_name: "  " }, "nameMissing"],
    [{ full_name: "Wanjiku" }, "nameShort"],
    [{ id_number: "" }, "idMissing"],
    [{ id_number: "12345" }, "idWrong"],
    [{ id_number: "ABCDEFG" }, "idWrong"],
    [{ date_of_birth: "" }, "bornMissing"],
    [{ date_of_birth: "2008-11-26" }, "bornYoung"],
    [{ date_of_birth: "1890-01-01" }, "bornWrong"],
    [{ date_of_birth: "2027-01-01" }, "bornWrong"],
  ])("with %j is rejected as %s", (changes, fault) => {
    expect(faults(changes)).toEqual([fault]);
  });
});
