// Comfort only: every page works without it. Keys, the clock, and the home that stays fresh.
(() => {
  "use strict";
  const ROWS = "[data-row], #result_list tbody tr";
  const LINK = "a.key, th a";
  const OFF = "console:keys-off";
  let isGoing = false;
  let areKeysOn = true;
  // A browser may forbid storage; keys are on then.
  try { areKeysOn = localStorage.getItem(OFF) === null; } catch {}

  const rows = () => [...document.querySelectorAll(ROWS)].filter((row) => row.querySelector(LINK));

  const move = (step) => {
    const all = rows();
    const now = all.findIndex((row) => row.contains(document.activeElement));
    const next = all[now < 0 ? (step > 0 ? 0 : all.length - 1) : Math.min(Math.max(now + step, 0), all.length - 1)];
    next?.querySelector(LINK).focus();
    next?.scrollIntoView({ block: "nearest" });
  };

  const openKeys = () => document.querySelector("dialog#keys")?.showModal();

  const commands = {
    "/": () => document.querySelector("#find")?.select(),
    "?": openKeys,
    j: () => move(1),
    k: () => move(-1),
    x: () => document.activeElement.closest("tr")?.querySelector(".action-select")?.click(),
  };

  document.addEventListener("keydown", (event) => {
    const field = event.target.closest("input:not([type=checkbox], [type=radio], [type=submit]), textarea, select");
    if (event.key === "Escape" && field) field.blur();
    if (!areKeysOn || field || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    const wasGoing = isGoing;
    isGoing = !wasGoing && event.key === "g";
    if (isGoing) return;
    // After `g` a place; else an action of this page, which is a link to the page that asks.
    const wanted = document.querySelector(`[data-${wasGoing ? "go" : "key"}="${CSS.escape(event.key)}"]`);
    const act = wanted ? () => wanted.click() : commands[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });

  // Who dictates, or whose keyboard slips, switches single keys off (WCAG 2.1.4).
  const switches = [...document.querySelectorAll("[data-keys-on]")];
  for (const each of switches) {
    each.checked = areKeysOn;
    each.parentElement.hidden = false;
    each.addEventListener("change", () => {
      areKeysOn = each.checked;
      for (const other of switches) other.checked = areKeysOn;
      try { areKeysOn ? localStorage.removeItem(OFF) : localStorage.setItem(OFF, "1"); } catch {}
    });
  }

  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-open]") || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    openKeys();
  });

  // What the customer hears, in the language that is chosen.
  for (const button of document.querySelectorAll("[data-copy]")) {
    button.hidden = !navigator.clipboard;
    button.addEventListener("click", async () => {
      const shown = [...document.querySelectorAll(button.dataset.copy)].find((each) => each.checkVisibility());
      await navigator.clipboard.writeText(shown.textContent);
      button.lastElementChild.textContent = "Copied";
    });
  }

  // The server's time, carried on by this device's clock, which may be set wrong.
  const clock = document.querySelector("[data-clock]");
  if (clock) {
    const behind = Date.parse(clock.dateTime) - Date.now();
    const format = new Intl.DateTimeFormat("en-GB", { timeZone: "Africa/Nairobi", timeStyle: "medium" });
    setInterval(() => { clock.textContent = format.format(Date.now() + behind); }, 1000);
  }

  // Django's own script labels an icon by an attribute that an icon may not have; the field beside it
  // says the same.
  addEventListener("load", () => {
    document.querySelectorAll("span.search-label-icon").forEach((icon) => icon.removeAttribute("aria-label"));
  });

  // The home is fetched again, and its part replaced while nobody works in it. An answer that does
  // not come, or a log-in page instead, is said: old lines must not look like new ones.
  const live = document.querySelector("[data-live]");
  const refresh = async () => {
    if (document.hidden || live.contains(document.activeElement)) return;
    const answer = await fetch(location.href).catch(() => null);
    const text = answer?.ok && !answer.redirected ? await answer.text() : "";
    const next = new DOMParser().parseFromString(text, "text/html").querySelector("[data-live]");
    live.querySelector("[data-stale]").hidden = next !== null;
    if (next) live.replaceChildren(...next.childNodes);
  };
  if (live) setInterval(refresh, live.dataset.live * 1000);
})();
