/** The sheet's own entry in the browser's history. */

const mark = "kibeezySheet";

/** Whether a sheet is open that wants an entry. */
let isWanted = false;

function readState(): Record<string, unknown> {
  const state: unknown = window.history.state;
  return typeof state === "object" && state !== null ? { ...state } : {};
}

export function isSheetEntry(): boolean {
  return mark in readState();
}

/** Adds an entry for the same address; after a reload the sheet finds its own again. */
export function addSheetEntry(): void {
  isWanted = true;
  if (!isSheetEntry()) window.history.pushState({ ...readState(), [mark]: true }, "");
}

/** Says that no sheet is open any more; `removeSheetEntry` may follow later. */
export function endSheetEntry(): void {
  isWanted = false;
}

/**
 * Goes back over the sheet's entry, unless a sheet is open again. The browser goes back some time
 * after it is told to: a sheet that opens meanwhile must not take that for the customer's Back.
 */
export function removeSheetEntry(): void {
  if (isWanted || !isSheetEntry()) return;
  window.addEventListener(
    "popstate",
    (event) => {
      event.stopImmediatePropagation();
      if (isWanted) addSheetEntry();
    },
    { once: true },
  );
  window.history.back();
}

/** Makes the entry an ordinary one: a link leads from the sheet to another page. */
export function releaseSheetEntry(): void {
  const { [mark]: _, ...state } = readState();
  window.history.replaceState(state, "");
}
