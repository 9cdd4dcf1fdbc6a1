import { titled } from "@/app/titled";
import { codeMessages } from "@/features/auth/codeMessages";
import { RecoveryForm } from "@/features/auth/RecoveryForm";

export const generateMetadata = () => titled(codeMessages.forgotTitle);

export default function ForgotPage() {
  return <RecoveryForm />;
}
