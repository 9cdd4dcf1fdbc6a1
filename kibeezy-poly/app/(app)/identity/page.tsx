import { titled } from "@/app/titled";
import { IdentityView } from "@/components/identity/IdentityView";
import { identityMessages } from "@/lib/messages/identity";

export const generateMetadata = () => titled(identityMessages.title);

export default function IdentityPage() {
  return <IdentityView />;
}
