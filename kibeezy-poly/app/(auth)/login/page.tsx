import type { Metadata } from "next";
import { LoginForm } from "@/components/LoginForm";
import { parseNextPath } from "@/lib/nextPath";

export const metadata: Metadata = { title: "Log in" };

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
