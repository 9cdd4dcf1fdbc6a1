import { takePlainAnswer } from "@/app/plainAnswer";
import { titled } from "@/app/titled";
import { authMessages } from "@/features/auth/messages";
import { SignupForm } from "@/features/auth/SignupForm";
import { getPublicApiOrigin } from "@/lib/env";

export const generateMetadata = () => titled(authMessages.signupTitle);

type Props = { searchParams: Promise<Record<string, string | string[] | undefined>> };

export default async function SignupPage({ searchParams }: Props) {
  const { answer } = await searchParams;
  return <SignupForm isPlain={getPublicApiOrigin() === ""} first={await takePlainAnswer(answer)} />;
}
