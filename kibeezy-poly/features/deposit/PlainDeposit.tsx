"use client";
/**
 * The deposit as a plain form, for a tap before our code has come, and for browsers without scripts:
 * one amount, one key, one prompt. The sheet does all of this better.
 */
import { depositMessages } from "@/features/deposit/messages";
import { plainMessages } from "@/features/deposit/plainMessages";
import { findDepositBlock, BlockNotice } from "@/features/limits";
import { formatKes } from "@/lib/money";
import { formatOwnPhone } from "@/lib/phone";
import type { PlainAnswer } from "@/lib/plainAnswer";
import { serverNow } from "@/lib/time";
import { useText } from "@/lib/useLanguage";
import { useStartLimits, useWallet } from "@/lib/useWallet";
import { Alert } from "@/ui/Alert";
import { Button } from "@/ui/Button";
import { Field } from "@/ui/Field";
import { PageFrame } from "@/ui/PageFrame";
import { Sentence } from "@/ui/Sentence";

type Props = {
  /** The idempotency key of this form: sending it twice sends one prompt. */
  formKey: string;
  /** The amount that was chosen on the page before; empty where none was. */
  amount: string;
  /** What became of the form when it was sent before. */
  first: PlainAnswer | null;
};

export function PlainDeposit(props: Props) {
  const text = useText(depositMessages);
  const plain = useText(plainMessages);
  const block = findDepositBlock(useStartLimits(), serverNow());
  return (
    <PageFrame title={text("formTitle")} back={{ href: "/wallet", label: plain("backToWallet") }}>
      {block === null ? <AmountCard {...props} /> : <BlockNotice block={block} />}
    </PageFrame>
  );
}

function AmountCard({ formKey, amount, first }: Props) {
  const text = useText(depositMessages);
  const plain = useText(plainMessages);
  const me = useWallet().data?.me;
  return (
    <section className="rounded-card bg-surface p-5 shadow-card">
      <form method="post" action="/form/deposit" className="space-y-5">
        <Failure first={first} />
        <input type="hidden" name="key" value={first?.typed.key ?? formKey} />
        <input type="hidden" name="account" value={me?.id ?? ""} />
        <Field
          label={text("amount")}
          name="amount"
          inputMode="numeric"
          autoComplete="off"
          required
          prefix="KSh"
          defaultValue={first?.typed.amount ?? amount}
          error={first?.errors.amount ?? null}
          {...useHint()}
        />
        {me === undefined ? null : (
          <p className="text-ink-soft">
            {text("feeLine", { phone: formatOwnPhone(me.phone_number) })}
          </p>
        )}
        <p className="text-ink-soft">{text("pinSafety")}</p>
        <Button type="submit" className="w-full">
          {plain("plainSubmit")}
        </Button>
      </form>
    </section>
  );
}

function Failure({ first }: Pick<Props, "first">) {
  if (first?.failure == null) return null;
  return (
    <Alert tone="wait" assertive>
      <Sentence>{first.failure}</Sentence>
    </Alert>
  );
}

/** Which amounts are possible now, as far as the page's server has read it. */
function useHint(): { hint?: string } {
  const text = useText(depositMessages);
  const limits = useStartLimits();
  if (limits === null) return {};
  const max = formatKes(Math.min(limits.max_amount, limits.most_now));
  return { hint: text("limits", { min: formatKes(limits.min_amount), max }) };
}
