/** An error of the page is reported to our own server, without the customer's data. */
import { expect, signUp, test } from "./customer";

test("a script that fails is reported once, with its digits masked", async ({ page, faults }) => {
  await signUp(page);
  const reports: string[] = [];
  page.on("request", (request) => {
    if (request.url().endsWith("/api/page-errors/")) reports.push(request.postData() ?? "");
  });
  const answer = page.waitForResponse("**/api/page-errors/");
  await page.evaluate(() => {
    for (const ms of [0, 50, 100])
      setTimeout(() => {
        throw new RangeError("0712 345 678 has no KSh 1,500.00");
      }, ms);
  });

  // It carries the session's CSRF token; without it the answer would be 403.
  expect((await answer).status()).toBe(204);
  await expect.poll(() => faults.length).toBe(3);
  expect(reports).toHaveLength(1);
  expect(JSON.parse(reports[0]!)).toEqual({
    kind: "error",
    message: "RangeError: # has no KSh #",
    where: "/wallet",
  });
  // The scenario causes this error; any other one fails it.
  expect(new Set(faults.splice(0))).toEqual(new Set(["0712 345 678 has no KSh 1,500.00"]));
});
