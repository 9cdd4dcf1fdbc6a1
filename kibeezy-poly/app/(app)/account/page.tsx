import { titled } from "@/app/titled";
import { AccountView } from "@/features/account/AccountView";
import { accountMessages } from "@/features/account/messages";
import { version } from "@/package.json";

export const generateMetadata = () => titled(accountMessages.title);

export default function AccountPage() {
  return <AccountView version={version} />;
}
