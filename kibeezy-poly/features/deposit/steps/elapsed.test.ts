import { expect, it } from "vitest";
import { formatElapsed } from "@/features/deposit/steps/elapsed";

it.each([
  [664, "11:04", "11:04"],
  [3600, "1 hour", "saa 1"],
  [86_340, "23 hours", "saa 23"],
  [172_800, "2 days", "siku 2"],
])("formats %i seconds in hours and days", (seconds, en, sw) => {
  expect([formatElapsed(seconds, "en"), formatElapsed(seconds, "sw")]).toEqual([en, sw]);
});
