/** The simulator's control API: what happens on the phone and on M-Pesa's side, without a second tab. */
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

/** The customer answers the prompt as soon as it shows. */
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
