import { titled } from "@/app/titled";
import { AccountView } from "@/components/account/AccountView";
import { accountMessages } from "@/lib/messages/account";
import { version } from "@/package.json";

export const generateMetadata = () => titled(accountMessages.title);

export default function AccountPage() {
  return <AccountView version={version} />;
}
