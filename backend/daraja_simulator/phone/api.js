// The only module that talks to the simulator.

async function call(method, path, body) {
  const response = await fetch(`/control${path}`, {
    method,
    headers: body === undefined ? {} : { "Content-Type": "application/json" },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.error ?? `status ${response.status}`);
  return answer;
}

export const getState = () => call("GET", "/state");
export const saveCustomer = (customer) => call("POST", "/customers", customer);
export const answerPrompt = (id, action, pin = "") =>
  call("POST", `/prompts/${encodeURIComponent(id)}/answer`, { action, pin });
export const hakikisha = (shortcode, account_reference) => call("POST", "/hakikisha", { shortcode, account_reference });
export const pay = (phone, payment) => call("POST", `/customers/${phone}/pay`, payment);
export const arm = (fault) => call("POST", "/faults/arm", { fault });
export const setFaults = (change) => call("PUT", "/faults", change);
export const clearFaults = () => call("DELETE", "/faults");
export const setSettings = (change) => call("PATCH", "/settings", change);
export const clearWire = () => call("DELETE", "/wire");
export const reset = () => call("POST", "/reset");

// Calls the handler of each event; calls `connected(false)` while the simulator does not answer.
export function listen(handlers, connected) {
  const source = new EventSource("/control/events");
  source.onopen = () => connected(true);
  source.onerror = () => connected(false);
  for (const [kind, handle] of Object.entries(handlers)) {
    source.addEventListener(kind, (event) => handle(JSON.parse(event.data)));
  }
}
