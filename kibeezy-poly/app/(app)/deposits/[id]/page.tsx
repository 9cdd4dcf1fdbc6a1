import { cookies, headers } from "next/headers";
import { titled } from "@/app/titled";
import { DepositPageView } from "@/features/history/DepositPageView";
import { historyMessages } from "@/features/history/messages";
import { getPublicApiOrigin } from "@/lib/env";
import { LANGUAGE_COOKIE, parseLanguage } from "@/lib/language";
import { readDeposit } from "@/lib/readStart";
import type { StartDeposit } from "@/lib/start";

export const generateMetadata = () => titled(historyMessages.depositTitlePlain);

type Props = { params: Promise<{ id: string }> };

export default async function DepositPage({ params }: Props) {
  const { id: named } = await params;
  // An id of more than nine digits counts as invalid: no deposit has one, and `Number` stays exact.
  const id = /^[1-9]\d{0,8}$/.test(named) ? Number(named) : null;
  return <DepositPageView id={id} first={id === null ? null : await readFirst(id)} />;
}

/** The deposit at a full load of the page; within the page its code asks, as the layout says. */
async function readFirst(id: number): Promise<StartDeposit | null> {
  const asked = await headers();
  if (asked.get("Sec-Fetch-Dest") === "empty" || getPublicApiOrigin() !== "") return null;
  const language = parseLanguage((await cookies()).get(LANGUAGE_COOKIE)?.value);
  return readDeposit(id, asked, language);
}
