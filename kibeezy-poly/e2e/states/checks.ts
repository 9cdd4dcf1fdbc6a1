/** Checks that run in the browser; each returns descriptions of the elements that fail it. */
import type { Page } from "@playwright/test";

/** Finds animations and transitions of more than 0.01 s. */
export function findMotion(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const running = document
      .getAnimations()
      .filter((animation) => Number(animation.effect?.getComputedTiming().duration ?? 0) > 10)
      .map((animation) => `animation ${animation.id}`);
    const seconds = (text: string) => Math.max(...text.split(",").map((part) => parseFloat(part)));
    const styled = [...document.querySelectorAll("body *")].filter((element) => {
      const style = getComputedStyle(element);
      return (
        seconds(style.transitionDuration) > 0.01 ||
        (style.animationName !== "none" && seconds(style.animationDuration) > 0.01)
      );
    });
    return [...running, ...styled.map((element) => element.outerHTML.slice(0, 120))];
  });
}

/**
 * Finds tap targets under 24 px (WCAG 2.5.8), except links inside a sentence, which the rule
 * exempts.
 */
export function findSmallTargets(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const root = document.querySelector("dialog[open]") ?? document.body;
    const targets = root.querySelectorAll<HTMLElement>(
      "a[href], button, input, select, textarea, summary, [role=button], [role=radio], [role=tab]",
    );
    return [...targets]
      .filter((target) => {
        const { width, height } = target.getBoundingClientRect();
        const isHidden = width <= 1 || height <= 1;
        const isInSentence =
          getComputedStyle(target).display === "inline" &&
          target.parentElement?.textContent.trim() !== target.textContent.trim();
        return !isHidden && !isInSentence && (width < 24 || height < 24);
      })
      .map((target) => target.outerHTML.slice(0, 160));
  });
}

/**
 * Finds polite live regions that hold text. `most` is how many are allowed: one in the sheet; on a
 * page a second one, the pill's.
 */
export function findVoices(page: Page): Promise<{ voices: string[]; most: number }> {
  return page.evaluate(() => {
    const sheet = document.querySelector("dialog[open]");
    const regions = [
      ...(sheet ?? document.body).querySelectorAll("[role=status], [aria-live=polite], output"),
    ];
    const voices = regions
      // A region inside a button is ignored, since its text changes only on a tap.
      .filter((region) => region.closest("button") === null)
      .map((region) => region.textContent.trim())
      .filter((text) => text !== "");
    return { voices, most: sheet === null ? 2 : 1 };
  });
}

/** Finds elements that enlarged text pushes off the screen, cuts off or covers. */
export function findLost(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const root = document.querySelector("dialog[open]") ?? document.body;
    const describe = (element: Element) =>
      `<${element.tagName.toLowerCase()}> ${element.textContent.trim().slice(0, 60)}`;
    const isSeen = (element: Element) => {
      const { width, height } = element.getBoundingClientRect();
      const isForScreenReaders = element.closest(".sr-only:not(:focus)") !== null;
      return width > 1 && height > 1 && !isForScreenReaders && element.checkVisibility();
    };
    const hasWords = (element: Element) =>
      [...element.childNodes].some(
        (node) => node.nodeType === Node.TEXT_NODE && node.textContent?.trim() !== "",
      );
    const scrollsSideways = (element: Element): boolean =>
      element !== root &&
      (["auto", "scroll"].includes(getComputedStyle(element).overflowX) ||
        (element.parentElement !== null && scrollsSideways(element.parentElement)));

    const seen = [...root.querySelectorAll("*")].filter(isSeen);
    const outside = seen.filter((element) => {
      if (!hasWords(element) || scrollsSideways(element)) return false;
      const range = document.createRange();
      range.selectNodeContents(element);
      const { left, right } = range.getBoundingClientRect();
      return left < -1 || right > window.innerWidth + 1;
    });
    const cut = seen.filter(
      (element) =>
        !element.matches("input, textarea") &&
        ["hidden", "clip"].includes(getComputedStyle(element).overflowX) &&
        element.scrollWidth > element.clientWidth + 1,
    );
    const covered = seen.filter((element) => {
      if (!element.matches("a[href], button:not(:disabled), input:not(:disabled)")) return false;
      element.scrollIntoView({ block: "center", inline: "center", behavior: "instant" });
      const { left, top, width, height } = element.getBoundingClientRect();
      const hit = document.elementFromPoint(left + width / 2, top + height / 2);
      return hit === null || !(element.contains(hit) || hit.contains(element));
    });
    const sideways = document.documentElement.scrollWidth - window.innerWidth;
    return [
      ...(sideways > 0 ? [`the page scrolls sideways by ${String(sideways)} px`] : []),
      ...outside.map((element) => `outside: ${describe(element)}`),
      ...cut.map((element) => `cut: ${describe(element)}`),
      ...covered.map((element) => `covered: ${describe(element)}`),
    ];
  });
}

/**
 * Finds texts that a browser's translator would break: those beside other nodes, since React holds
 * on to text nodes that the translator has replaced, and amounts, codes and numbers that it may
 * change.
 */
export function findUntranslatable(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const VALUE =
      /^(?:[+−-]?KSh\s[\d,.]+|[A-Z0-9]*\d[A-Z0-9]*|0\d[\d*]{2}\s[\d*]{3}\s\d{3}|#\d+|[\d,:]+)$/;
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const faults: string[] = [];
    for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
      const text = node.textContent?.trim() ?? "";
      const parent = node.parentElement;
      if (text === "" || parent === null) continue;
      if (parent.closest("script, style, noscript, title, template") !== null) continue;
      const others = [...parent.childNodes].filter(
        (other) => other !== node && !(other instanceof Text && other.data.trim() === ""),
      );
      if (others.length > 0) faults.push(`beside others: ${parent.outerHTML.slice(0, 160)}`);
      if (VALUE.test(text) && parent.closest("[translate=no]") === null)
        faults.push(`may be changed: ${text}`);
    }
    return faults;
  });
}

/** Finds M-PESA where a line breaks inside it, and where it has a hyphen that allows that. */
export function findBrokenNames(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const root = document.querySelector("dialog[open]") ?? document.body;
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    const faults: string[] = [];
    for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
      const text = node.textContent ?? "";
      const parent = node.parentElement;
      if (parent?.closest("script, style, noscript, title, template, textarea, .sr-only") != null)
        continue;
      for (const found of text.matchAll(/M[-\u2011]PESA/gi)) {
        const range = document.createRange();
        range.setStart(node, found.index);
        range.setEnd(node, found.index + found[0].length);
        const lines = new Set([...range.getClientRects()].map(({ top }) => Math.round(top)));
        if (lines.size > 1 || found[0].includes("-")) faults.push(text.trim());
      }
    }
    return faults;
  });
}

/**
 * Finds phone numbers that are masked in another way than all others (`docs/spellings.json`); what
 * is dialled, `*234*1#`, is no mask.
 */
export function findOtherMasks(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const masked =
      document.body.innerText.match(/(?<![*\d])[\d+][\d\s]*\*[\d*\s]*\d(?![\d*\s]*#)/g) ?? [];
    return masked.filter((mask) => !/^0[17]\*\*\s\*\*\d\s\d{3}$/.test(mask));
  });
}
