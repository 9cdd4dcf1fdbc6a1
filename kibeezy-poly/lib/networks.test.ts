import { describe, expect, it } from "vitest";
import { findOtherNetwork } from "@/lib/networks";
import { parsePhone } from "@/lib/phone";
import { networks } from "@/test/spellings";

const beginnings = Object.entries(networks).flatMap(([network, list]) =>
  list.map((beginning): [string, string] => [beginning, network]),
);

describe("findOtherNetwork", () => {
  it.each(beginnings)("takes %s for one of %s", (beginning, network) => {
    const number = parsePhone(`${beginning}345678`);

    expect(findOtherNetwork(number ?? "")).toBe(network === "Safaricom" ? null : network);
  });

  it("warns about no number that nobody knows", () => {
    expect(findOtherNetwork("254709999999")).toBeNull();
    expect(findOtherNetwork("")).toBeNull();
  });
});
