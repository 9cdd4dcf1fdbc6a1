// The wire log: HTTP requests and callbacks, newest first.

import * as api from "./api.js";
import { byId, make, timeOf } from "./dom.js";

const KEPT = 200;
const NAMES = {
  oauth: "Token", push: "Push", query: "Query", callback: "Callback",
  c2b: "C2B confirmation", register: "Register URL", forged: "Forged callback",
  validation: "C2B validation", hakikisha: "Hakikisha", simulate: "C2B simulate", pull: "Pull", b2c: "B2C",
  reversal: "Reversal", status: "Transaction Status", balance: "Account Balance", result: "Result",
  timeout: "Queue timeout", qr: "Dynamic QR", unknown: "No such endpoint",
};
let entries = [];

export function load(state) {
  entries = state.wire;
  draw();
}

export function messageCame(entry) {
  entries.unshift(entry);
  entries.length = Math.min(entries.length, KEPT);
  if (!wanted(entry)) return drawEmpty();
  byId("wire-list").prepend(row(entry));
  while (byId("wire-list").children.length > KEPT) byId("wire-list").lastChild.remove();
  return drawEmpty();
}

const wanted = (entry) => ["", entry.kind].includes(byId("wire-kind").value);

function draw() {
  byId("wire-list").replaceChildren(...entries.filter(wanted).map(row));
  drawEmpty();
}

function drawEmpty() {
  byId("wire-empty").hidden = byId("wire-list").children.length > 0;
  byId("wire-count").hidden = entries.length === 0;
  byId("wire-count").textContent = entries.length;
}

function row(entry) {
  const way = entry.kind === "forged" ? "forged" : entry.direction;
  const summary = make("summary", {},
    make("span", { className: `way ${way}`, title: entry.direction === "in" ? "to Daraja" : "from Daraja" },
      entry.direction === "in" ? "→" : "←"),
    make("span", { className: "what" }, NAMES[entry.kind] ?? entry.kind),
    make("span", { className: "about" }, [timeOf(entry.at), meaning(entry)].filter(Boolean).join(" · ")),
    make("span", { className: `status ${isGood(entry) ? "good" : "bad"}` }, statusText(entry)));
  if (entry.fault) summary.append(make("span", { className: "struck" }, entry.fault));
  const details = make("details", {}, summary);
  // The details of an entry are built when first opened, since most are never opened.
  details.ontoggle = () => details.children.length === 1 && details.append(message(entry));
  return make("li", {}, details);
}

const isGood = (entry) => entry.status >= 200 && entry.status < 300 && !entry.error;
const statusText = (entry) => (entry.error && entry.direction === "in" ? entry.error : entry.status ?? "lost");

function meaning(entry) {
  const body = parsed(entry.direction === "in" ? entry.response_body : entry.request_body);
  const callback = body?.Body?.stkCallback;
  if (callback) return `${callback.ResultCode} ${callback.ResultDesc}`;
  if (body?.Result) return `${body.Result.ResultCode} ${body.Result.ResultDesc}`;
  if (body?.errorCode) return `${body.errorCode} ${body.errorMessage}`;
  if (body?.ResultCode !== undefined) return `${body.ResultCode} ${body.ResultDesc}`;
  if (body?.ResponseCode) return amountOf(entry);
  return body?.TransID ?? "";
}

function amountOf(entry) {
  const request = parsed(entry.request_body);
  if (!request?.Amount) return "";
  const who = request.PhoneNumber ?? request.Msisdn;
  return who ? `KES ${request.Amount} from ${who}` : `KES ${request.Amount}`;
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

// Indents JSON without parsing its numbers, so that 500.00 stays 500.00.
function indented(text) {
  if (parsed(text) === null) return text;
  let depth = 0;
  return text.replace(/"(?:[^"\\]|\\.)*"|[{}[\],:]|\s+/g, (piece) => {
    const newline = () => `\n${"  ".repeat(depth)}`;
    if (/^\s/.test(piece)) return "";
    if ("{[".includes(piece)) { depth += 1; return piece + newline(); }
    if ("}]".includes(piece)) { depth -= 1; return newline() + piece; }
    if (piece === ",") return piece + newline();
    return piece === ":" ? ": " : piece;
  });
}

function message(entry) {
  const headers = (all) => Object.entries(all).map(([name, value]) => `${name}: ${value}`).join("\n");
  const part = (title, lines) => make("section", {},
    make("h2", {}, title), make("pre", { tabIndex: 0 }, lines.filter(Boolean).join("\n\n") || "(empty)"));
  const answer = entry.status === null ? entry.error : `${entry.status}${entry.error ? ` (${entry.error})` : ""}`;
  return make("div", { className: "message" },
    part(`${entry.method} ${entry.url}`, [headers(entry.request_headers), indented(entry.request_body)]),
    part(`Answer ${answer}, after ${entry.duration_ms} ms`, [headers(entry.response_headers), indented(entry.response_body)]));
}

export function start() {
  byId("wire-kind").onchange = draw;
  byId("wire-clear").onclick = async () => {
    await api.clearWire();
    entries = [];
    draw();
  };
}
