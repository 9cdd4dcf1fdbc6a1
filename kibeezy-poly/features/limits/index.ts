/**
 * What other features may import from this one: the remaining allowance, as numbers and as text.
 */
export { getLimits, getOwnLimits, type Limits } from "@/features/limits/api";
export { findRemainingToday, findRemaining } from "@/features/limits/allowance";
export { allowanceMessages } from "@/features/limits/allowanceMessages";
export { useAllowanceText } from "@/features/limits/useAllowanceText";
