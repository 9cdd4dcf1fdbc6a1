import { expect, it } from "vitest";
import { createIdempotencyKey } from "@/features/deposit/idempotencyKey";

it("has a different key each time", () => {
  expect(createIdempotencyKey()).toMatch(/^[0-9a-f]{32}$/);
  expect(createIdempotencyKey()).not.toBe(createIdempotencyKey());
});
