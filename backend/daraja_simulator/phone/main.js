// Connects the parts of the page to the stream of events.

import * as api from "./api.js";
import { byId } from "./dom.js";
import * as faults from "./faults.js";
import * as handset from "./handset.js";
import * as pay from "./pay.js";
import * as wire from "./wire.js";

let loading = null;

// Loads the whole state after a short delay; calls during that delay become one request.
function loadSoon() {
  loading ??= setTimeout(() => {
    loading = null;
    loadAll();
  }, 250);
}

async function loadAll() {
  const state = await api.getState();
  handset.load(state);
  pay.load(state);
  wire.load(state);
  faults.load(state);
}

function show(view) {
  document.querySelector("main").dataset.view = view;
  for (const button of document.querySelectorAll(".tabs button")) {
    button.setAttribute("aria-pressed", String(button.dataset.view === view));
  }
}

for (const button of document.querySelectorAll(".tabs button")) {
  button.onclick = () => show(button.dataset.view);
}
// On a wide screen the wire log stands beside the phone.
const isWide = () => window.innerWidth >= 896;
if (isWide()) show("wire");
handset.start();
pay.start(handset.currentPhone);
wire.start();
faults.start();

api.listen(
  {
    customer: handset.customerChanged,
    prompt: (prompt) => {
      handset.promptChanged(prompt);
      if (handset.isAsking(prompt) && !isWide()) show("handset");
    },
    wire: wire.messageCame,
    faults: faults.changed,
    struck: faults.struck,
    settings: faults.settingsChanged,
    reload: loadSoon,
  },
  (connected) => {
    byId("offline").hidden = connected;
    // Load what happened before this connection, or while it was interrupted.
    if (connected) loadSoon();
  },
);
