// Lets a test call a Node library from the folder where it is installed: a line asks, a line answers.

import { createRequire } from "node:module";
import { createInterface } from "node:readline";

/** The paybill and the address of the simulator, as the test chose them. */
export const SHOP = JSON.parse(process.env.SHOP);

/** Load a package from the folder of installed packages, which is not beside this file. */
export const load = createRequire(`${process.env.PACKAGES}/package.json`);

/** Answer `{"call", "with"}` with `{"answer"}`, or `{"error"}` if the library threw. */
export async function serve(calls) {
  for await (const line of createInterface({ input: process.stdin })) {
    const wanted = JSON.parse(line);
    let said;
    try {
      said = { answer: await calls[wanted.call](wanted.with) };
    } catch (error) {
      said = { error: describe(error) };
    }
    process.stdout.write(`${JSON.stringify(said)}\n`);
  }
}

function describe(error) {
  // Both libraries reject with the answer of Daraja, each at another place.
  const answer = error?.response?.data ?? error?.data;
  return answer === undefined ? String(error?.stack ?? error) : JSON.stringify(answer);
}
