import { titled } from "@/app/titled";
import { privacyMessages } from "@/features/privacy/messages";
import { PrivacyNotice } from "@/features/privacy/PrivacyNotice";

export const generateMetadata = () => titled(privacyMessages.title);

export default function PrivacyPage() {
  return <PrivacyNotice />;
}
