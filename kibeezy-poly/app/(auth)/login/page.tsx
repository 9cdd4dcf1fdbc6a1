import { titled } from "@/app/titled";
import { LoginForm } from "@/components/LoginForm";
import { authMessages } from "@/lib/messages/auth";
import { parseNextPath } from "@/lib/nextPath";

export const generateMetadata = () => titled(authMessages.loginTitle);

type Props = { searchParams: Promise<Record<string, string | string[] | undefined>> };

export default async function LoginPage({ searchParams }: Props) {
  const { next, ended } = await searchParams;
  return (
    <LoginForm
      next={parseNextPath(typeof next === "string" ? next : null)}
      sessionEnded={ended === "1"}
    />
  );
}
