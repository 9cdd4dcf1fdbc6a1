import type { ReactNode } from "react";
import { SignedIn } from "@/components/SignedIn";

/** Every page of a signed-in customer: the deposit under way stays at hand on all of them. */
export default function SignedInLayout({ children }: { children: ReactNode }) {
  return <SignedIn>{children}</SignedIn>;
}
