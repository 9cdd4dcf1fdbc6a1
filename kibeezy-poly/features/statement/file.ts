/** Files that the API makes: their name, and how they reach the customer's downloads. */

export type NamedFile = { name: string; content: Blob };

/** The name in a Content-Disposition header, never a path; `fallback` where it says none. */
export function parseFileName(header: string | null, fallback: string): string {
  const encoded = /filename\*=UTF-8''([^;]+)/i.exec(header ?? "")?.[1];
  const plain = /filename="?([^";]+)"?/i.exec(header ?? "")?.[1];
  const name = (encoded === undefined ? plain : safeDecode(encoded)) ?? "";
  return name.replace(/[^\w.-]/g, "_").replace(/^\.+/, "") || fallback;
}

function safeDecode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Hands a file to the browser's downloads. */
export function saveFile({ name, content }: NamedFile): void {
  const address = URL.createObjectURL(content);
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
  // Some phones read the address only after the click; a minute is plenty.
  setTimeout(() => {
    URL.revokeObjectURL(address);
  }, 60_000);
}
