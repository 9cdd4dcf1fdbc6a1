/**
 * Fetches a file from the API. It is separate from fetchWithAuth.ts, so that only pages with
 * downloads load this code.
 */
import { type NamedFile, parseFileName } from "@/features/statement/file";
import { ApiError } from "@/lib/errors";
import { readAnswer, request, type RequestOptions, toNoAnswer } from "@/lib/fetchWithAuth";

type Options = RequestOptions & {
  /**
   * The media type that the file must have: a Wi-Fi hotspot's log-in page, sent in its place, has
   * another.
   */
  mediaType: string;
  /** The file's name when Content-Disposition cannot be read, as with an API of another origin. */
  fallbackName: string;
};

/** @throws ApiError in the same cases as fetchWithAuth, and for a file of another media type. */
export async function fetchFile(path: string, options: Options): Promise<NamedFile> {
  const { mediaType, fallbackName, ...rest } = options;
  const response = await request(path, { ...rest, headers: { Accept: "*/*" } });
  const { headers } = response;
  if (!response.ok || !(headers.get("Content-Type") ?? "").startsWith(mediaType)) {
    await readAnswer(response);
    throw new ApiError(response.status, "unreadable");
  }
  try {
    const name = parseFileName(headers.get("Content-Disposition"), fallbackName);
    return { name, content: await response.blob() };
  } catch (error) {
    throw toNoAnswer(error);
  }
}
