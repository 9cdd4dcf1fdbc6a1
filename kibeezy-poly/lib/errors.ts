/** Errors of API requests. The views choose the texts for them. */
import type { components } from "@/types/api";

/** Whether a deposit's money has left the customer's M-Pesa. */
export type Money = components["schemas"]["MoneyEnum"];

type ApiErrorDetails = {
  customerMessage?: string | null;
  fields?: Record<string, string[]>;
  retryAfter?: number | null;
  transactionId?: number | null;
  money?: Money;
};

const UNNAMED = "http_";

/**
 * An error of an API request: no answer came (`status` 0; `code` offline, timeout or aborted), or
 * the answer was an error.
 */
export class ApiError extends Error {
  readonly customerMessage: string | null;
  readonly fields: Record<string, string[]>;
  readonly retryAfter: number | null;
  readonly transactionId: number | null;
  /** `unknown` unless the API's answer says whether money moved. */
  readonly money: Money;

  constructor(
    readonly status: number,
    readonly code: string,
    details: ApiErrorDetails = {},
  ) {
    super(`${String(status)} ${code}`);
    this.name = "ApiError";
    this.customerMessage = details.customerMessage ?? null;
    this.fields = details.fields ?? {};
    this.retryAfter = details.retryAfter ?? null;
    this.transactionId = details.transactionId ?? null;
    this.money = details.money ?? "unknown";
  }

  /**
   * True if the API itself answered. An answer without the API's error envelope comes from a proxy
   * or firewall, which knows nothing of deposits.
   */
  get isFromApi(): boolean {
    return this.status > 0 && this.code !== "unreadable" && !this.code.startsWith(UNNAMED);
  }
}

/**
 * Returns an ApiError. Any other error is a bug of ours, so it is thrown again and never shown as a
 * network error.
 */
export function toApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  throw error;
}

/** Reads the API's error envelope; a body without one still gives an ApiError with the status. */
export function parseApiError(
  status: number,
  body: unknown,
  retryAfterHeader: string | null,
): ApiError {
  const envelope = isRecord(body) ? body : {};
  return new ApiError(status, text(envelope.code) ?? `${UNNAMED}${String(status)}`, {
    customerMessage: text(envelope.customer_message),
    fields: parseFields(envelope.fields),
    retryAfter: seconds(envelope.retry_after) ?? seconds(retryAfterHeader),
    transactionId: typeof envelope.transaction_id === "number" ? envelope.transaction_id : null,
    money:
      envelope.money === "not_moved" || envelope.money === "moved" ? envelope.money : "unknown",
  });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function text(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}

function seconds(value: unknown): number | null {
  if (value === null || value === undefined || value === "") return null;
  const number = Number(value);
  return Number.isFinite(number) && number >= 0 ? Math.ceil(number) : null;
}

function parseFields(value: unknown): Record<string, string[]> {
  if (!isRecord(value)) return {};
  const entries = Object.entries(value).map(([name, messages]): [string, string[]] => [
    name,
    Array.isArray(messages)
      ? messages.filter((message): message is string => typeof message === "string")
      : [],
  ]);
  return Object.fromEntries(entries);
}
