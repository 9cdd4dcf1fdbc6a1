/** Downloads: reads a file's name from the response, and saves the file. */

export type NamedFile = { name: string; content: Blob };

/**
 * The file name in a Content-Disposition header, without any path; `fallback` if the header has
 * none.
 */
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

/** Saves a file as one of the browser's downloads. */
export function saveFile({ name, content }: NamedFile): void {
  const address = URL.createObjectURL(content);
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
  // Some phones read the object URL only after the click, so it is released a minute later.
  setTimeout(() => {
    URL.revokeObjectURL(address);
  }, 60_000);
}
