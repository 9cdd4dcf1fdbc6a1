import { takePlainAnswer } from "@/app/plainAnswer";
import { titled } from "@/app/titled";
import { LoginForm } from "@/features/auth/LoginForm";
import { authMessages } from "@/features/auth/messages";
import { getPublicApiOrigin } from "@/lib/env";
import { parseNextPath } from "@/lib/nextPath";

export const generateMetadata = () => titled(authMessages.loginTitle);

type Props = { searchParams: Promise<Record<string, string | string[] | undefined>> };

export default async function LoginPage({ searchParams }: Props) {
  const { next, ended, answer } = await searchParams;
  return (
    <LoginForm
      next={parseNextPath(typeof next === "string" ? next : null)}
      sessionEnded={ended === "1"}
      isPlain={getPublicApiOrigin() === ""}
      first={await takePlainAnswer(answer)}
    />
  );
}
