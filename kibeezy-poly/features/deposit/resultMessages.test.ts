import { describe, expect, it } from "vitest";
import { findOutcome, findRejection } from "@/features/deposit/resultMessages";

describe("findOutcome", () => {
  it.each([
    ["1", "noFunds"],
    ["2", "tooSmall"],
    ["3", "tooLarge"],
    ["4", "dayLimit"],
    ["8", "ourLimit"],
    ["17", "sameAmount"],
    ["1001", "busy"],
    ["subscriber_busy", "busy"],
    ["1019", "expired"],
    ["1025", "notSent"],
    ["1031", "cancelled"],
    ["1032", "cancelled"],
    ["1037", "unreachable"],
    ["2001", "wrongPin"],
    ["8006", "pinLocked"],
    ["mpesa_busy", "provider"],
  ])("knows %s as %s", (code, outcome) => {
    expect(findOutcome(code)).toBe(outcome);
  });

  it.each([null, "", "9999", "SFC_IC0003", "toString", "__proto__"])(
    "has safe general words for %s",
    (code) => {
      expect(findOutcome(code)).toBe("unknown");
    },
  );
});

describe("findRejection", () => {
  it.each([
    ["kyc_required", "kyc"],
    ["self_excluded", "excluded"],
    ["limit_exceeded", "ownLimit"],
    ["rate_limited", "tooOften"],
    ["risk_review", "review"],
    ["risk_denied", "denied"],
    ["account_blocked", "blocked"],
    ["api_unreachable", "serviceAway"],
  ])("knows %s as %s", (code, outcome) => {
    expect(findRejection(code)).toBe(outcome);
  });

  it.each(["mpesa_rejected", "csrf_failed", "http_418", "constructor"])(
    "says of %s that nothing was started",
    (code) => {
      expect(findRejection(code)).toBe("notStarted");
    },
  );
});
