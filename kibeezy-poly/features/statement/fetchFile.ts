/** Fetches a file that the API makes, apart from fetchWithAuth.ts so that only pages with files carry it. */
import { type NamedFile, parseFileName } from "@/features/statement/file";
import { ApiError } from "@/lib/errors";
import { readAnswer, request, type RequestOptions, toNoAnswer } from "@/lib/fetchWithAuth";

type Options = RequestOptions & {
  /** What the file must be; a hotspot's log-in page is not. */
  mediaType: string;
  /** For an API of another origin, whose headers may be out of sight. */
  fallbackName: string;
};

/** @throws ApiError as fetchWithAuth does. */
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
