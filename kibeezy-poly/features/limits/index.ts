/**
 * What other features may import from this one: whether and how much may be deposited, as numbers
 * and as text.
 */
export { getLimits, getOwnLimits, type Limits } from "@/features/limits/api";
export { findRemainingToday, findRemaining } from "@/features/limits/allowance";
export { allowanceMessages } from "@/features/limits/allowanceMessages";
export { findDepositBlock } from "@/features/limits/depositBlock";
export { BlockNotice } from "@/features/limits/BlockNotice";
export { useAllowanceText } from "@/features/limits/useAllowanceText";
export { useDepositBlock } from "@/features/limits/useDepositBlock";
