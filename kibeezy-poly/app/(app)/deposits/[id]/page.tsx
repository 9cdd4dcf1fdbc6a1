import { titled } from "@/app/titled";
import { DepositPageView } from "@/features/history/DepositPageView";
import { historyMessages } from "@/features/history/messages";

export const generateMetadata = () => titled(historyMessages.depositTitlePlain);

type Props = { params: Promise<{ id: string }> };

export default async function DepositPage({ params }: Props) {
  const { id } = await params;
  // An id of more than nine digits counts as invalid: no deposit has one, and `Number` stays exact.
  return <DepositPageView id={/^[1-9]\d{0,8}$/.test(id) ? Number(id) : null} />;
}
