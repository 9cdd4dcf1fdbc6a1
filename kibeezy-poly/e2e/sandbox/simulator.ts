/**
 * Calls the simulator's control API, which operates the phone and M-PESA's side without a second
 * tab.
 */
const SIMULATOR = process.env.SIMULATOR_URL ?? "http://127.0.0.1:8100";

export async function control(method: string, path: string, body?: unknown): Promise<unknown> {
  const answer = await fetch(`${SIMULATOR}/control${path}`, {
    method,
    headers: { "Content-Type": "application/json" },
    body: body === undefined ? null : JSON.stringify(body),
  });
  if (!answer.ok)
    throw new Error(`${method} ${path}: ${String(answer.status)} ${await answer.text()}`);
  return answer.json();
}

export type Answer = "pin" | "wrong_pin" | "cancel" | "ignore" | "expire" | "unreachable";

/** Answers the prompt for the customer as soon as it reaches the phone. */
export async function answerPrompt(phone: string, action: Answer): Promise<void> {
  for (let tries = 0; ; tries += 1) {
    try {
      await control("POST", `/customers/${phone}/answer`, {
        action,
        ...(action === "pin" ? { pin: "1234" } : {}),
      });
      return;
    } catch (error) {
      if (tries === 40) throw error;
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  }
}

/** Arms a fault of the simulator for the next `times` occasions, for this phone only. */
export async function arm(phone: string, fault: string, times = 1): Promise<void> {
  await control("POST", "/faults/arm", { fault, phone, times });
}

/** Loses the phone's callback and confirmation, and reports its deposits as still processing until `letMpesaKnow`. */
export async function keepMpesaUnsure(phone: string): Promise<void> {
  await arm(phone, "callback.lose");
  await arm(phone, "c2b.lose");
  await arm(phone, "query.pending_4999", 1000);
}

export async function letMpesaKnow(phone: string): Promise<void> {
  await control("DELETE", `/faults/arm?phone=${phone}`);
}

type Prompt = {
  checkout_request_id: string;
  merchant_request_id: string;
  callback_url: string;
  callbacks_delivered: number;
  callbacks_failed: number;
};

/** Ends the deposit by a callback with a result code that the virtual phone cannot cause. */
export async function endWith(phone: string, resultCode: string): Promise<void> {
  const prompt = await waitForPrompt(phone);
  const stkCallback = {
    MerchantRequestID: prompt.merchant_request_id,
    CheckoutRequestID: prompt.checkout_request_id,
    ResultCode: Number(resultCode),
    ResultDesc: "Set by the test.",
  };
  await control("POST", "/forge", { url: prompt.callback_url, body: { Body: { stkCallback } } });
}

async function waitForPrompt(phone: string): Promise<Prompt> {
  for (let tries = 0; tries < 40; tries += 1) {
    const [prompt] = await readPrompts(phone);
    if (prompt !== undefined) return prompt;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  throw new Error(`No prompt has reached ${phone}.`);
}

export async function readPrompts(phone: string): Promise<Prompt[]> {
  return ((await control("GET", `/prompts?phone=${phone}`)) as { prompts: Prompt[] }).prompts;
}

/** The number of prompts ever sent to the phone. */
export async function countPrompts(phone: string): Promise<number> {
  const { total } = (await control("GET", `/prompts?phone=${phone}`)) as { total: number };
  return total;
}
