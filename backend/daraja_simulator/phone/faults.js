// The list of faults: make one happen next, set its probability, see how often it happened.

import * as api from "./api.js";
import { byId, make } from "./dom.js";

const GROUPS = {
  push: "the answer to a push",
  callback: "how callbacks arrive",
  query: "the answer to a query",
  deposit: "whole deposits",
  shape: "how callbacks are written",
  customer: "what customers do, in automatic mode",
  oauth: "tokens",
  c2b: "the confirmation of a payment",
  c2b_shape: "how validations and confirmations are written",
  validation: "the question before a payment",
  result: "how results arrive",
  result_shape: "how results are written",
  b2c: "the answer to a payout",
  reversal: "the answer to a reversal",
  status: "the answer to Transaction Status",
  balance: "the answer to Account Balance",
  pull: "the answers of Pull",
  pull_shape: "how Pull is written",
  register: "the answer to Register URL",
  simulate: "the answer to C2B simulate",
  qr: "the answer to Dynamic QR",
};
let view = null;

export function load(state) {
  byId("automatic").checked = state.settings.automatic;
  changed(state.faults);
}

export function settingsChanged(settings) {
  byId("automatic").checked = settings.automatic;
}

export function changed(faults) {
  view = faults;
  if (document.activeElement !== byId("seed")) byId("seed").value = faults.seed;
  const on = faults.faults.filter(isOn).length;
  byId("fault-count").hidden = on === 0;
  byId("fault-count").textContent = on;
  draw();
}

export function struck({ name, count, armed }) {
  view.armed = armed;
  view.faults.find((fault) => fault.name === name).count = count;
  changed(view);
}

const armedTimes = (fault) =>
  view.armed.filter((entry) => entry.fault === fault.name).reduce((sum, entry) => sum + entry.times, 0);
const isOn = (fault) => fault.probability > 0 || armedTimes(fault) > 0;

function draw() {
  const open = new Set([...document.querySelectorAll(".fault-group[open]")].map((group) => group.dataset.group));
  const first = byId("fault-list").children.length === 0;
  // Do not redraw while the user types a number, which would replace the field.
  if (byId("fault-list").contains(document.activeElement) && document.activeElement.type === "number") return;
  const focused = document.activeElement?.dataset?.fault;
  byId("fault-list").replaceChildren(...Object.keys(GROUPS).map((name) =>
    group(name, open.has(name) || (first && ["push", "callback"].includes(name)))));
  if (focused) document.querySelector(`button[data-fault="${focused}"]`)?.focus();
}

function group(name, open) {
  const faults = view.faults.filter((fault) => fault.name.startsWith(`${name}.`));
  const summary = make("summary", {}, name, make("span", { className: "hint" }, GROUPS[name]));
  const on = faults.filter(isOn).length;
  if (on) summary.append(make("span", { className: "badge" }, `${on} on`));
  const details = make("details", { className: "fault-group", open }, summary, ...faults.map(row));
  details.dataset.group = name;
  return details;
}

function row(fault) {
  const times = armedTimes(fault);
  const label = fault.name.split(".")[1].replaceAll("_", " ");
  const button = make("button", { type: "button", className: times ? "armed" : "", onclick: () => api.arm(fault.name) },
    times ? `Next ×${times}` : "Next");
  button.setAttribute("aria-label", `${label}: strike next time${times ? `, armed ${times} times` : ""}`);
  button.dataset.fault = fault.name;
  const chance = make("input", {
    type: "number", min: 0, max: 100, step: "any", inputMode: "decimal", value: round(fault.probability * 100),
    onchange: (event) => setChance(fault.name, event.target),
  });
  chance.setAttribute("aria-label", `${label}: chance in per cent`);
  const count = fault.count ? make("span", { className: "count" }, `struck ${fault.count}×`) : "";
  return make("div", { className: `fault ${isOn(fault) ? "on" : ""}` },
    make("span", { className: "name" }, label, count),
    make("span", { className: "text" }, fault.text),
    button, make("span", { className: "chance" }, chance, "%"));
}

const round = (number) => Math.round(number * 1000) / 1000;

async function setChance(name, input) {
  try {
    input.setCustomValidity("");
    await api.setFaults({ probabilities: { [name]: Number(input.value) / 100 } });
  } catch (error) {
    input.setCustomValidity(error.message);
    input.reportValidity();
  }
}

export function start() {
  byId("seed").onchange = (event) => api.setFaults({ seed: Number(event.target.value) });
  byId("automatic").onchange = (event) => api.setSettings({ automatic: event.target.checked });
  byId("faults-off").onclick = () => api.clearFaults();
  byId("reset").onclick = () => api.reset();
}
