/** Loads the present address again; a file apart, because jsdom cannot load a page. */
export function reload(): void {
  window.location.reload();
}
