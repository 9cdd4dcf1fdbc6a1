import { titled } from "@/app/titled";
import { IdentityView } from "@/features/identity/IdentityView";
import { identityMessages } from "@/features/identity/messages";

export const generateMetadata = () => titled(identityMessages.title);

export default function IdentityPage() {
  return <IdentityView />;
}
