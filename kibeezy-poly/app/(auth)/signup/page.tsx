import { titled } from "@/app/titled";
import { SignupForm } from "@/components/SignupForm";
import { authMessages } from "@/lib/messages/auth";

export const generateMetadata = () => titled(authMessages.signupTitle);

export default function SignupPage() {
  return <SignupForm />;
}
