/** Fetches a file from the API. Not in fetchWithAuth.ts, so that only pages with downloads load it. */
import { type NamedFile, parseFileName } from "@/features/statement/file";
import { ApiError } from "@/lib/errors";
import { readAnswer, request, type RequestOptions, toNoAnswer } from "@/lib/fetchWithAuth";

type Options = RequestOptions & {
  /** The media type that the file must have: the log-in page of a Wi-Fi hotspot has another. */
  mediaType: string;
  /** For an API of another origin, whose Content-Disposition may not be readable. */
  fallbackName: string;
};

/** @throws ApiError like fetchWithAuth. */
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
