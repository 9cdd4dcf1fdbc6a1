/** Where claims are stored; apart from what reads them, so that the sheet need not load that. */
import { readStored } from "@/lib/storage";

export function claimsKey(userId: number): string {
  return `kibeezy.claims.${String(userId)}`;
}

/** True if claims are stored; `listOpenClaims` tells which are still open. */
export function hasStoredClaims(userId: number): boolean {
  return readStored(claimsKey(userId)) !== null;
}
