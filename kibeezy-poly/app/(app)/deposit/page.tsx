import { takePlainAnswer } from "@/app/plainAnswer";
import { titled } from "@/app/titled";
import { createIdempotencyKey } from "@/features/deposit/idempotencyKey";
import { plainMessages } from "@/features/deposit/plainMessages";
import { PlainDeposit } from "@/features/deposit/PlainDeposit";

export const generateMetadata = () => titled(plainMessages.plainSubmit);

type Props = { searchParams: Promise<Record<string, string | string[] | undefined>> };

export default async function PlainDepositPage({ searchParams }: Props) {
  const { amount, answer } = await searchParams;
  return (
    <PlainDeposit
      formKey={createIdempotencyKey()}
      amount={typeof amount === "string" && /^\d{1,9}$/.test(amount) ? amount : ""}
      first={await takePlainAnswer(answer)}
    />
  );
}
