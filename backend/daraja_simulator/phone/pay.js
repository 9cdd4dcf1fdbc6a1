// The M-PESA menu of the phone: pay a paybill or till by hand, and see whose account it is first.

import * as api from "./api.js";
import { byId, kes } from "./dom.js";

let currentPhone = () => null;
let merchant = { shortcode: "", till: "", name: "" };
let asked = null;

export function load(state) {
  const { shortcode, store_number: till, merchant_name: name } = state.settings;
  merchant = { shortcode, till, name };
  if (!byId("pay-business").value) byId("pay-business").value = shortcode;
}

// The SIM was changed or switched off: what was begun on it is over.
export function close() {
  asked = null;
  byId("pay").hidden = true;
  byId("home").inert = false;
  byId("pay-error").textContent = "";
}

function open() {
  show("what");
  byId("pay").hidden = false;
  byId("home").inert = true;
  byId(byId("pay-account").value ? "pay-amount" : "pay-account").focus({ preventScroll: true });
}

function show(step) {
  byId("pay-what").hidden = step !== "what";
  byId("pay-pin-step").hidden = step !== "pin";
  byId("pay-error").textContent = "";
}

async function askName(event) {
  event.preventDefault();
  const shortcode = byId("pay-business").value.trim();
  asked = { shortcode, account_reference: byId("pay-account").value, amount: Number(byId("pay-amount").value) };
  await busy(async () => {
    const { name, problem } = await api.hakikisha(shortcode, asked.account_reference);
    const account = asked.account_reference ? ` account ${asked.account_reference}` : "";
    byId("pay-text").textContent = `Pay ${kes(asked.amount)} to ${merchant.name}${account}?`;
    byId("pay-name").textContent = name ? `Name: ${name}` : problem === "not switched on" ? "" : `No name: ${problem}`;
    byId("pay-pin").value = "";
    show("pin");
    byId("pay-pin").focus({ preventScroll: true });
  });
}

async function send(event) {
  event.preventDefault();
  const payment = { ...asked, pin: byId("pay-pin").value };
  const done = await busy(() => api.pay(currentPhone(), payment));
  if (!done) return;
  byId("pay-amount").value = "";
  close();
}

// Shows that something is under way, and the error in words if it fails.
async function busy(work) {
  byId("pay-error").textContent = "";
  byId("sending").hidden = false;
  try {
    await work();
    return true;
  } catch (error) {
    byId("pay-error").textContent = error.message;
    return false;
  } finally {
    byId("sending").hidden = true;
  }
}

export function start(phone) {
  currentPhone = phone;
  byId("pay-open").onclick = open;
  byId("pay-what").onsubmit = askName;
  byId("pay-pin-step").onsubmit = send;
  for (const button of document.querySelectorAll("[data-pay-close]")) button.onclick = close;
}
