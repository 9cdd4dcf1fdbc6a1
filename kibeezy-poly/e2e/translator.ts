/** Imitates a browser's translator, as Chrome's works on the page's elements. */
import type { Page } from "@playwright/test";

/**
 * From the next load on, replaces every text node by nested `<font>` elements with another text,
 * also those that are added or changed later; what says `translate="no"` stays.
 */
export async function translate(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const SKIPPED = "script, style, noscript, title, textarea, font, [translate=no]";

    function replace(node: Node): void {
      const parent = node.parentElement;
      if (!(node instanceof Text) || node.data.trim() === "" || parent === null) return;
      if (parent.closest(SKIPPED) !== null) return;
      const template = document.createElement("template");
      template.innerHTML = "<font><font></font></font>";
      const [outer] = template.content.children;
      outer!.firstElementChild!.textContent = `«${node.data}»`;
      node.replaceWith(outer!);
    }

    function replaceAll(root: Node): void {
      const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
      const found: Node[] = root instanceof Text ? [root] : [];
      for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) found.push(node);
      found.forEach(replace);
    }

    const observer = new MutationObserver((changes) => {
      for (const { addedNodes, target, type } of changes)
        if (type === "characterData") replaceAll(target);
        else addedNodes.forEach(replaceAll);
    });
    // A customer translates a page that has loaded; before that React compares it with its own.
    window.addEventListener("load", () => {
      setTimeout(() => {
        replaceAll(document.body);
        const options = { childList: true, characterData: true, subtree: true };
        observer.observe(document.body, options);
        document.documentElement.dataset.translated = "yes";
      }, 300);
    });
  });
}
