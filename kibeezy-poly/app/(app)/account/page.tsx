import type { Metadata } from "next";
import { AccountView } from "@/components/account/AccountView";
import { version } from "@/package.json";

export const metadata: Metadata = { title: "Account" };

export default function AccountPage() {
  return <AccountView version={version} />;
}
