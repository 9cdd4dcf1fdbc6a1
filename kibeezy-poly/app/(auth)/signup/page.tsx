import { titled } from "@/app/titled";
import { authMessages } from "@/features/auth/messages";
import { SignupForm } from "@/features/auth/SignupForm";

export const generateMetadata = () => titled(authMessages.signupTitle);

export default function SignupPage() {
  return <SignupForm />;
}
