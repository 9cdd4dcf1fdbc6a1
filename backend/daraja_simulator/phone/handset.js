// The phone: which customer's SIM is in it, what its screen shows, and how its user answers.

import * as api from "./api.js";
import { byId, internationalNumber, kes, localNumber, make, timeOf } from "./dom.js";
import * as pay from "./pay.js";

const customers = new Map();
const prompts = new Map();
let phone = null;
let seenMessages = 0;
let shownPrompt = null;

export function load(state) {
  customers.clear();
  prompts.clear();
  for (const customer of state.customers) customers.set(customer.phone, customer);
  for (const prompt of state.prompts) prompts.set(prompt.phone, prompt);
  if (!customers.has(phone)) phone = state.prompts.at(-1)?.phone ?? state.customers[0]?.phone ?? null;
  seenMessages = customers.get(phone)?.messages.length ?? 0;
  drawOwners();
  draw();
}

export function customerChanged(customer) {
  const isNew = !customers.has(customer.phone);
  customers.set(customer.phone, customer);
  if (isNew) byId("sim").append(ownerOption(customer));
  if (phone === null) choose(customer.phone);
  if (customer.phone === phone) draw();
}

export function promptChanged(prompt) {
  const known = prompts.get(prompt.phone)?.checkout_request_id === prompt.checkout_request_id;
  prompts.set(prompt.phone, prompt);
  // Switch to the phone that received the newest prompt.
  if (!known && prompt.state === "waiting" && prompt.shown) choose(prompt.phone);
  if (prompt.phone === phone) draw();
}

export const currentPhone = () => phone;

function choose(chosen) {
  if (chosen === phone) return;
  pay.close();
  phone = chosen;
  seenMessages = customers.get(phone)?.messages.length ?? 0;
  drawOwners();
  draw();
}

const ownerOption = (customer) =>
  make("option", { value: customer.phone }, `${localNumber(customer.phone)} – ${customer.name}`);

function drawOwners() {
  byId("sim").replaceChildren(...[...customers.values()].map(ownerOption));
  if (phone !== null) byId("sim").value = phone;
}

function draw() {
  const customer = customers.get(phone);
  byId("phone").classList.toggle("without-sim", !customer);
  byId("power").disabled = !customer;
  byId("owner-name").textContent = customer?.name ?? "No SIM yet";
  byId("owner-number").textContent = customer ? localNumber(customer.phone) : "Add a number, or ask for a deposit.";
  byId("balance").textContent = customer ? kes(customer.balance) : "–";
  byId("account-note").textContent = customer?.locked ? "PIN locked – call 100 or 200" : "";
  drawMessages(customer?.messages ?? []);
  drawPower(customer);
  drawPrompt(customer);
  fillAccount(customer);
}

function drawMessages(messages) {
  const items = messages.map((message, index) =>
    make("li", { className: index < messages.length - seenMessages ? "new" : "" },
      make("time", {}, `MPESA, ${timeOf(message.at)}`), message.text, copyButton(message.text)));
  seenMessages = messages.length;
  byId("sms").replaceChildren(...(items.length ? items : [make("li", { className: "none" }, "No messages")]));
}

function copyButton(text) {
  const button = make("button", { type: "button", className: "copy" }, "Copy");
  button.onclick = async () => {
    await navigator.clipboard.writeText(text);
    button.textContent = "Copied";
  };
  return button;
}

function drawPower(customer) {
  const on = customer?.phone_on ?? true;
  byId("dark").hidden = on;
  byId("pay-open").disabled = !customer;
  if (!on) pay.close();
  byId("power").setAttribute("aria-pressed", String(on));
  byId("power").textContent = on ? "Switch off" : "Switch on";
}

// Whether the screen shows the prompt, which waits for the customer's answer.
export const isAsking = (prompt) =>
  prompt.state === "waiting" && prompt.shown && !prompt.dismissed && !prompt.silent;

function openPrompt(customer) {
  const prompt = prompts.get(phone);
  return customer?.phone_on && prompt && isAsking(prompt) ? prompt : null;
}

function drawPrompt(customer) {
  const prompt = openPrompt(customer);
  if (prompt !== null) pay.close();
  byId("stk").hidden = prompt === null;
  byId("home").inert = prompt !== null || !byId("pay").hidden;
  byId("sending").hidden = true;
  if (prompt === null) {
    shownPrompt = null;
    return;
  }
  byId("pin-hint").textContent = `The PIN of this SIM is ${customer.pin}.`;
  if (shownPrompt === prompt.checkout_request_id) return;
  shownPrompt = prompt.checkout_request_id;
  byId("stk-text").textContent = prompt.text.replace(/ Enter M-PESA PIN$/, "");
  byId("pin").value = "";
  // In a frame beside the app, the phone must not take the focus from a field of the app.
  if (window === window.top || document.hasFocus()) byId("pin").focus({ preventScroll: true });
}

async function answer(action, pin) {
  const prompt = prompts.get(phone);
  byId("sending").hidden = action === "ignore";
  try {
    await api.answerPrompt(prompt.checkout_request_id, action, pin);
  } finally {
    byId("sending").hidden = true;
  }
}

function fillAccount(customer) {
  const form = byId("account-form");
  // Do not overwrite a field that the user is typing in.
  if (form.contains(document.activeElement)) return;
  form.elements.name.value = customer?.name ?? "";
  form.elements.balance.value = customer?.balance ?? "";
  form.elements.pin.value = customer?.pin ?? "";
  form.elements.language.value = customer?.language ?? "en";
  form.elements.locked.checked = customer?.locked ?? false;
}

async function saveAccount(event) {
  event.preventDefault();
  const { name, balance, pin, language, locked } = event.target.elements;
  const change = {
    phone, name: name.value, balance: Number(balance.value), pin: pin.value, language: language.value, locked: locked.checked,
  };
  document.activeElement.blur();
  await report("account-error", () => api.saveCustomer(change));
}

async function addNumber(event) {
  event.preventDefault();
  const number = internationalNumber(byId("new-number").value);
  if (number === null) {
    byId("add-error").textContent = "A Kenyan mobile number, such as 0712 345 678.";
    return;
  }
  await report("add-error", async () => {
    customerChanged(await api.saveCustomer({ phone: number }));
    choose(number);
    byId("new-number").value = "";
  });
}

async function report(place, work) {
  byId(place).textContent = "";
  try {
    await work();
  } catch (error) {
    byId(place).textContent = error.message;
  }
}

function tick() {
  byId("clock").textContent = timeOf(new Date()).slice(0, 5);
  const prompt = prompts.get(phone);
  if (byId("stk").hidden || !prompt) return;
  const [start, end] = [Date.parse(prompt.created_at), Date.parse(prompt.expires_at)];
  const left = Math.max(0, Math.min(1, (end - Date.now()) / (end - start)));
  byId("stk-time").style.width = `${left * 100}%`;
}

export function start() {
  byId("sim").onchange = (event) => choose(event.target.value);
  byId("add-sim").onsubmit = addNumber;
  byId("account-form").onsubmit = saveAccount;
  byId("stk-cancel").onclick = () => answer("cancel");
  byId("stk-form").onsubmit = (event) => {
    event.preventDefault();
    answer("pin", byId("pin").value);
  };
  for (const button of document.querySelectorAll("[data-action]")) {
    button.onclick = () => answer(button.dataset.action);
  }
  byId("power").onclick = () => api.saveCustomer({ phone, phone_on: !customers.get(phone).phone_on });
  setInterval(tick, 250);
  tick();
}
